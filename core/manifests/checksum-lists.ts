import type { Manifest, ManifestEntry } from "./manifest.ts";
import { digestByLength, digestNamed, entryOf, PLAIN } from "./manifest.ts";

/** `<hex> <blank or *><name>`; BagIt has any blanks between. A backslash before it: the name is escaped. coreutils sha256sum(1), RFC 8493 2.1.3 */
const GNU = /^(\\?)([0-9a-fA-F]{32,128})(?: [ *]|[ \t]+(?![ \t])\*?)(.+)$/s;
/** `SHA256 (<name>) = <hex>`, OpenSSL without blanks. The name may hold ") = ": the last one counts. */
const BSD = /^([A-Za-z0-9-]{2,16}) ?\((.*)\) ?= ?([0-9a-fA-F]{8,128})$/s;

/** The list a line, or a NUL-ended record, at a time; null if its beginning is of no such form. */
export function readChecksums(text: string, name: string): Manifest | null {
  const isNul = text.includes("\0");
  const lines = text.split(isNul ? "\0" : /\r?\n/);
  const first = lines.find((line) => line.trim() !== "" && !line.startsWith("#"));
  if (first === undefined || !(GNU.test(first) || BSD.test(first))) return null;
  const isBag = /^(?:tag)?manifest-[a-z0-9-]+\.txt$/i.test(name);
  const entries: ManifestEntry[] = [];
  let passedOver = 0;
  lines.forEach((line, i) => {
    if (line.trim() === "" || line.startsWith("#")) return;
    const entry = entryOfLine(line, i + 1, isBag, isNul);
    if (entry === null) passedOver++;
    else entries.push(entry);
  });
  const isTagged = BSD.test(first);
  return {
    ...PLAIN,
    format: isBag ? "BagIt manifest" : isTagged ? "checksums (BSD)" : "checksums (GNU)",
    entries,
    passedOver,
  };
}

function entryOfLine(line: string, number: number, isBag: boolean, isNul: boolean): ManifestEntry | null {
  const tagged = BSD.exec(line);
  if (tagged !== null) return entryOf(tagged[2]!, number, { digests: digestNamed(tagged[1]!, tagged[3]!) });
  const gnu = GNU.exec(line);
  const digests = gnu === null ? null : digestByLength(gnu[2]!);
  if (gnu === null || digests === null) return null;
  const isEscaped = gnu[1] !== "" && !isNul;
  const name = isEscaped ? gnu[3]!.replaceAll(/\\([\\nr])/g, (_, letter: string) => ESCAPES[letter]!) : gnu[3]!;
  return entryOf(
    isBag ? name.trimStart().replaceAll(/%(0A|0D|25)/gi, (escape) => decodeURIComponent(escape)) : name,
    number,
    {
      digests,
    },
  );
}

const ESCAPES: Readonly<Record<string, string>> = { "\\": "\\", n: "\n", r: "\r" };
