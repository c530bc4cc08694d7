import { hash } from "node:crypto";
import type { ClientHello, ServerHello } from "./hello.ts";
import { isGrease } from "./names.ts";

/** Fingerprints of a client's hello. */
interface ClientFingerprints {
  readonly ja3: string;
  readonly ja4: string;
}

/** Clients whose fingerprints are remembered: a program says the same in all its connections. */
const MOST_KNOWN = 1024;
const known = new Map<string, ClientFingerprints>();

/** Both fingerprints of a client, reckoned once for all that say the same. */
export function clientFingerprints(hello: ClientHello, carrier: "t" | "d" | "q"): ClientFingerprints {
  const text = ja3Text(hello);
  // Besides what JA3 is made of, all that JA4 is.
  const rest = [hello.supportedVersions, hello.signatureAlgorithms].map((list) =>
    dashed(list.filter((n) => !isGrease(n))),
  );
  const key = `${carrier}|${text}|${rest.join("|")}|${hello.alpn[0] ?? ""}`;
  let prints = known.get(key);
  if (prints === undefined) {
    prints = { ja3: digest("md5", text), ja4: ja4(hello, carrier) };
    if (known.size >= MOST_KNOWN) known.clear();
    known.set(key, prints);
  }
  return prints;
}

/** What JA3 of a client is the MD5 of: version, ciphers, extensions, groups and point formats. github.com/salesforce/ja3 */
function ja3Text(hello: ClientHello): string {
  const groups = [hello.ciphers, hello.extensions, hello.groups].map((list) =>
    dashed(list.filter((n) => !isGrease(n))),
  );
  return [hello.version, ...groups, dashed(hello.pointFormats)].join(",");
}

/** JA3S of a server: MD5 over version, cipher and extensions. github.com/salesforce/ja3 */
export function ja3s(hello: ServerHello): string {
  return digest(
    "md5",
    `${hello.legacyVersion},${hello.cipher},${dashed(hello.extensions.filter((n) => !isGrease(n)))}`,
  );
}

/** JA4 of a client. The JA4 part of FoxIO's JA4+ suite (github.com/FoxIO-LLC/ja4), which is under the BSD licence. */
function ja4(hello: ClientHello, carrier: "t" | "d" | "q"): string {
  const ciphers = hello.ciphers.filter((n) => !isGrease(n));
  const extensions = hello.extensions.filter((n) => !isGrease(n));
  const versions = hello.supportedVersions.filter((n) => !isGrease(n));
  const version = versions.length === 0 ? hello.version : newest(versions, carrier);
  const head = [
    carrier,
    JA4_VERSIONS[version] ?? "00",
    extensions.includes(SERVER_NAME) ? "d" : "i",
    twoDigits(ciphers.length),
    twoDigits(extensions.length),
    alpnEnds(hello.alpn[0]),
  ].join("");
  const cipherPart = ciphers.length === 0 ? NOTHING : short(hexList(ciphers, true));
  const kept = extensions.filter((n) => n !== SERVER_NAME && n !== ALPN);
  const signatures = hexList(
    hello.signatureAlgorithms.filter((n) => !isGrease(n)),
    false,
  );
  const extensionText = hexList(kept, true) + (signatures === "" ? "" : `_${signatures}`);
  return `${head}_${cipherPart}_${extensionText === "" ? NOTHING : short(extensionText)}`;
}

const SERVER_NAME = 0;
const ALPN = 16;
const NOTHING = "000000000000";

const JA4_VERSIONS: Readonly<Record<number, string>> = {
  0x0304: "13",
  0x0303: "12",
  0x0302: "11",
  0x0301: "10",
  0x0300: "s3",
  0x0002: "s2",
  0xfeff: "d1",
  0xfefd: "d2",
  0xfefc: "d3",
};

/** The highest version; DTLS counts downwards. */
function newest(versions: readonly number[], carrier: string): number {
  return carrier === "d" ? Math.min(...versions) : Math.max(...versions);
}

/** First and last character of a protocol name; their hexadecimal ends if one is not alphanumeric. */
function alpnEnds(name: string | undefined): string {
  if (name === undefined || name === "") return "00";
  const ends = name[0]! + name.at(-1)!;
  if (/^[0-9A-Za-z]{2}$/.test(ends)) return ends;
  const octets = Buffer.from(name, "latin1").toString("hex");
  return octets[0]! + octets.at(-1)!;
}

function twoDigits(count: number): string {
  return String(Math.min(count, 99)).padStart(2, "0");
}

function hexList(values: readonly number[], sorted: boolean): string {
  const texts = values.map((value) => value.toString(16).padStart(4, "0"));
  return (sorted ? texts.sort() : texts).join(",");
}

function dashed(values: readonly number[]): string {
  return values.join("-");
}

function short(text: string): string {
  return digest("sha256", text).slice(0, 12);
}

/** @param text Of ASCII, as numbers and punctuation are. */
function digest(algorithm: "md5" | "sha256", text: string): string {
  return hash(algorithm, text);
}
