/** "BKP01 (10.30.0.10)", or the address alone; "an unknown host" for null. */
export function hostText(address: string | null, hosts: ReadonlyMap<string, string>): string {
  if (address === null) return "an unknown host";
  const name = hosts.get(address);
  return name === undefined || name === address ? address : `${name} (${address})`;
}

/** ns since 1970-01-01 UTC as "2024-03-01 02:14 UTC". */
export function minuteText(timeNs: string): string {
  return `${new Date(Number(BigInt(timeNs) / 1_000_000n)).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

/** "3 findings", "1 finding". */
export function counted(count: number, what: string, plural = `${what}s`): string {
  return `${count} ${count === 1 ? what : plural}`;
}

/** Names that begin like any word. */
const NAMES =
  /^(Arcserve|Azure|Backblaze|Borg|Commvault|Git|Google|Hyper-V|Kerberos|Linux|Proxmox|Tor|Veeam|Windows|Zerologon)\b|^Backup Exec/;

/** First letter in lower case, unless the word is a name ("DCSync", "WMI", "Kerberos"). */
export function lowerFirst(title: string): string {
  return /^(?:A|[A-Z][a-z]+)(?:[' ,-]|$)/.test(title) && !NAMES.test(title)
    ? title.charAt(0).toLowerCase() + title.slice(1)
    : title;
}

/** A finding's sentence as it goes on from other words. */
export function inSentence(explanation: string): string {
  return explanation.replace(/^(An?|The|By|Connections|Files|From|In|On|Port|Since|Somebody|While|Writes) /, (word) =>
    word.toLowerCase(),
  );
}
