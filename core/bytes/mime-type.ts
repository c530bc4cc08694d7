/** Octets that are looked at (Zeek's default_file_bof_buffer_size). */
export const SNIFF_OCTETS = 4096;

interface Magic {
  /** Of several that fit, the strongest is taken. */
  readonly strength: number;
  readonly type: string;
  /** Matched at the beginning, one character an octet. */
  readonly pattern: RegExp;
}

const magic = (strength: number, type: string, pattern: RegExp): Magic => ({ strength, type, pattern });

/** Before the first tag of a document: blanks and comments, an XML declaration. */
const BEFORE_TAG = String.raw`(?:\xef\xbb\xbf)?(?:[\s]|<!--[^]*?-->)*(?:<\?xml [^]*?\?>)?(?:[\s]|<!--[^]*?-->)*`;
const tag = (names: string): RegExp => new RegExp(`^${BEFORE_TAG}<(?:${names})`, "i");
const script = (names: string): RegExp => new RegExp(String.raw`^#![^\n]{1,15}bin/(?:env\s+)?(?:${names})`);

/** Types that begin with a tag or a blank before one. */
const TAGGED: readonly Magic[] = [
  magic(100, "text/html", tag(String.raw`!doctype +html|html|meta +http-equiv`)),
  magic(20, "text/html", tag("head|title|body")),
  magic(100, "text/atom", tag(String.raw`rss[^>]*xmlns:atom|feed[^>]*xmlns=["']?http://www.w3.org/2005/Atom`)),
  magic(90, "text/rss", tag("rss")),
  magic(49, "application/soap+xml", tag("soap(?:-env)?:envelope")),
  magic(49, "text/x-cross-domain-policy", tag("(?:!doctype +)?cross-domain-policy")),
  magic(49, "application/xml-rpc", tag("methodresponse>")),
  magic(60, "application/javascript", /^\s*<script\s+(?:type|language)=['"]?(?:text\/)?javascript/i),
  magic(60, "application/javascript", /^\s*<script>\s*(?:var|function) /),
  magic(10, "application/xml", /^(?:\xef\xbb\xbf)?(?:\s|<!--[^]*?-->)*<\?xml /),
  magic(100, "application/x-java-jnlp-file", /^<jnlp /),
];

const JSON_BLANK = String.raw`[\r\n\t ]*`;

/** Types of other text. */
const TEXTUAL: readonly Magic[] = [
  magic(
    1,
    "text/json",
    new RegExp(
      String.raw`^(?:\xef\xbb\xbf)?${JSON_BLANK}\{${JSON_BLANK}(?:"[^"]+"|[a-zA-Z][\w\\]*)${JSON_BLANK}:${JSON_BLANK}(?:["[{0-9]|true|false)`,
    ),
  ),
  magic(
    1,
    "text/json",
    new RegExp(
      String.raw`^(?:\xef\xbb\xbf)?${JSON_BLANK}\[${JSON_BLANK}(?:(?:"[^"]+"|[0-9]+(?:\.[0-9]+)?|true|false)${JSON_BLANK},|[{[])`,
    ),
  ),
  magic(0, "text/json", new RegExp(String.raw`^(?:\xef\xbb\xbf)?${JSON_BLANK}(?:\[\]|\{\})${JSON_BLANK}$`)),
  magic(250, "text/x-shellscript", script("(?:ba|tc|c|z|fa|ae|k)?sh")),
  magic(60, "text/x-perl", script("perl")),
  magic(60, "text/x-python", script("python")),
  magic(60, "text/x-ruby", script("ruby")),
  magic(60, "text/x-php", script("php")),
  magic(40, "text/x-php", /^.*<\?php/),
  magic(60, "application/javascript", /^\s*(?:for \(;;\);|document\.write(?:ln)?\s?\()/),
  magic(60, "application/javascript", /^\(function\(\)\s*\{/),
  magic(110, "text/x-msdos-batch", /^@ *echo +off/i),
  magic(60, "text/x-msdos-batch", /^@rem/i),
  magic(70, "text/x-msdos-batch", /^@set +/i),
  magic(0, "application/x-pem", /^-----BEGIN CERTIFICATE-----/),
  magic(-20, "text/plain", /^(?:\xef\xbb\xbf|(?:\0\0)?\xfe\xff|\xff\xfe(?:\0\0)?)?[\s\x20-\x7e]{10}/),
];

/** Types that begin with fixed octets, by the first of them. */
const BINARY = new Map<number, readonly Magic[]>();
for (const entry of [
  magic(51, "application/x-dosexec", /^MZ/),
  magic(50, "application/x-object", /^\x7fELF[\x01\x02](?:\x01[^]{10}\x01\0|\x02[^]{10}\0\x01)/),
  magic(50, "application/x-executable", /^\x7fELF[\x01\x02](?:\x01[^]{10}\x02\0|\x02[^]{10}\0\x02)/),
  magic(50, "application/x-sharedlib", /^\x7fELF[\x01\x02](?:\x01[^]{10}\x03\0|\x02[^]{10}\0\x03)/),
  magic(100, "application/x-mach-o-executable", /^\xce\xfa\xed\xfe/),
  magic(100, "application/x-mach-o-executable", /^\xcf\xfa\xed\xfe/),
  magic(71, "application/x-java-applet", /^\xca\xfe\xba\xbe[^]{3}[\x2d-\x34]/),
  magic(100, "application/x-mach-o-executable", /^\xca\xfe\xba\xbe[^]{2}\0[\x01-\x14]/),
  magic(10, "application/zip", /^PK\x03\x04[^]{2}/),
  magic(100, "application/java-archive", /^PK\x03\x04[^]{1,200}?\x14\0[^]{2}META-INF\/MANIFEST\.MF/),
  magic(
    80,
    "application/vnd.openxmlformats-officedocument",
    /^PK\x03\x04[^]{26}(?:\[Content_Types\]\.xml|_rels\/\.rels|docProps)/,
  ),
  magic(10, "application/zip", /^PK\x07\x08PK\x03\x04/),
  magic(70, "application/x-rar", /^Rar!/),
  magic(100, "application/x-gzip", /^\x1f\x8b/),
  magic(50, "application/x-compress", /^\x1f\x9d/),
  magic(60, "application/x-bzip2", /^BZh/),
  magic(90, "application/x-xz", /^\xfd7zXZ\0/),
  magic(50, "application/x-7z-compressed", /^7z\xbc\xaf\x27\x1c/),
  magic(70, "application/x-lz4", /^\x04\x22\x4d\x18/),
  magic(71, "application/x-lzma", /^\x5d\0\0/),
  magic(110, "application/vnd.ms-cab-compressed", /^MSCF\0\0\0\0/),
  magic(171, "application/x-debian-package", /^!<arch>\ndebian/),
  magic(70, "application/x-rpm", /^\xed\xab\xee\xdb/),
  magic(110, "image/png", /^\x89PNG/),
  magic(70, "image/gif", /^GIF8/),
  magic(52, "image/jpeg", /^\xff\xd8/),
  magic(70, "image/tiff", /^MM\0[\x2a\x2b]/),
  magic(70, "image/tiff", /^II[\x2a\x2b]\0/),
  magic(50, "image/x-ms-bmp", /^BM[^]{12}[\x0c\x28\x40\x6c\x7c\x80]\0/),
  magic(70, "image/x-icon", /^\0\0\x01\0/),
  magic(70, "image/x-cursor", /^\0\0\x02\0/),
  magic(70, "image/webp", /^RIFF[^]{4}WEBP/),
  magic(60, "application/x-shockwave-flash", /^FWS/),
  magic(60, "application/x-shockwave-flash", /^CWS/),
  magic(60, "application/x-shockwave-flash", /^ZWS/),
  magic(110, "application/pdf", /^%PDF-/),
  magic(80, "application/msword", /^\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1/),
  magic(49, "application/x-ms-shortcut", /^\x4c\0\0\0\x01\x14\x02\0\0\0\0\0\xc0\0\0\0\0\0\0\x46/),
  magic(70, "application/vnd.tcpdump.pcap", /^\xa1\xb2\xc3\xd4/),
  magic(70, "application/vnd.tcpdump.pcap", /^\xd4\xc3\xb2\xa1/),
  magic(100, "application/vnd.tcpdump.pcap", /^\n\r\r\n[^]{4}(?:\x1a\x2b\x3c\x4d|\x4d\x3c\x2b\x1a)/),
  magic(71, "application/ocsp-request", /^0[^]{10,18}\x06\x05\x2b\x0e\x03\x02\x1a/),
  magic(71, "application/ocsp-response", /^0[^]{10,18}\x06\x09\x2b\x06\x01\x05\x05\x07\x30\x01\x01/),
  magic(20, "audio/mpeg", /^\xff[\xe2\xe3\xf2\xf3\xf6\xf7\xfa\xfb\xfc\xfd]/),
  magic(70, "audio/mpeg", /^ID3/),
]) {
  const first = firstOctet(entry.pattern);
  BINARY.set(first, [...(BINARY.get(first) ?? []), entry]);
}

/**
 * Type of a file by its first octets, null if they fit none.
 * @param text The octets, one character each (`SNIFF_OCTETS` of them are enough).
 */
export function mimeTypeOf(text: string): string | null {
  if (text === "") return null;
  const first = text.charCodeAt(0);
  let best: Magic | null = null;
  for (const list of [BINARY.get(first) ?? NONE, mayBeTag(first) ? TAGGED : NONE, TEXTUAL]) {
    for (const entry of list) {
      if ((best === null || entry.strength > best.strength) && entry.pattern.test(text)) best = entry;
    }
  }
  return best?.type ?? null;
}

const NONE: readonly Magic[] = [];

function mayBeTag(first: number): boolean {
  return first === 0x3c || first === 0xef || first === 0x20 || (first >= 0x09 && first <= 0x0d);
}

/** First octet that a pattern of fixed beginning matches. */
function firstOctet(pattern: RegExp): number {
  const { source } = pattern;
  const [, escape] = /^\^\\(x[0-9a-f]{2}|0|n|\[)/.exec(source) ?? [];
  if (escape === undefined) return source.charCodeAt(1);
  if (escape === "0") return 0;
  return escape === "n" ? 0x0a : Number.parseInt(escape.slice(1), 16);
}
