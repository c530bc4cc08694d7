/** Protocol version that a pair of identification strings leads to. RFC 4253 4.2 and 5.1 */
export type SshVersion = 1 | 2;

type Offered = 1 | 2 | "both" | null;

/**
 * The version both sides speak; 0 if there is none; null if one of them is missing or says nothing.
 * "SSH-1.99" is a server that speaks both. The rules are those of Zeek's base/protocols/ssh/main.zeek.
 */
export function agreedVersion(client: string, server: string): SshVersion | 0 | null {
  const a = offered(client);
  const b = offered(server);
  if (a === null || b === null) return null;
  if (a === "both") return b === "both" ? 2 : b;
  if (b === "both") return a;
  return a === b ? a : 0;
}

function offered(identification: string): Offered {
  if (identification.charAt(4) === "2") return 2;
  if (identification.charAt(4) !== "1") return null;
  return identification.slice(6, 8) === "99" ? "both" : 1;
}
