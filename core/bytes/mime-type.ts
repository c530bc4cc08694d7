import { addTo } from "../contracts/grouping.ts";

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
  magic(20, "magnus-internal/cold-fusion", /^(?:\s|<!--[^]*?-->)*<(?:CFPARAM|CFSET|CFIF)/),
  magic(49, "application/f4m", tag(String.raw`manifest\s+xmlns="http://ns\.adobe\.com/f4m/`)),
  magic(190, "application/x-mif", /^<MakerScreenFont/),
  magic(70, "application/x-archive", /^<ar>/),
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
  magic(60, "text/x-awk", script("[gn]?awk")),
  magic(60, "text/x-tcl", script("(?:wish|tcl)")),
  magic(49, "text/x-lua", script("lua")),
  magic(60, "application/javascript", script("node")),
  magic(40, "text/x-m4", /^dnl /),
  magic(100, "application/pkcs7-signature", /^MIME-Version:.*protocol="application\/pkcs7-signature"/),
  magic(10, "application/sla", /^solid /),
  magic(160, "application/vnd.font-fontforge-sfd", /^SplineFontDB:/),
  magic(160, "image/x-polar-monitor-bitmap", /^\[BitmapInfo2\]/),
  magic(40, "text/x-php", /^.*<\?php/),
  magic(60, "application/javascript", /^\s*(?:for \(;;\);|document\.write(?:ln)?\s?\()/),
  magic(60, "application/javascript", /^\(function\(\)\s*\{/),
  magic(110, "text/x-msdos-batch", /^@ *echo +off/i),
  magic(60, "text/x-msdos-batch", /^@rem/i),
  magic(70, "text/x-msdos-batch", /^@set +/i),
  magic(0, "application/x-pem", /^-----BEGIN CERTIFICATE-----/),
  magic(-20, "text/plain", /^(?:\xef\xbb\xbf|(?:\0\0)?\xfe\xff|\xff\xfe(?:\0\0)?)?[\s\x20-\x7e]{10}/),
];

const OFFICE = "application/vnd.openxmlformats-officedocument";
/** An archive whose first member is one of Office's, and that has a folder of the program's. */
function officeArchive(folder: string): RegExp {
  const first = String.raw`\[Content_Types\]\.xml|_rels/\.rels|${folder}/`;
  return new RegExp(String.raw`^PK\x03\x04[^]{26}(?:${first})[^]*?PK\x03\x04[^]{26}${folder}/`);
}

const OPEN_DOCUMENT = "application/vnd.oasis.opendocument";
const OPEN_DOCUMENTS = ["text", "graphics", "presentation", "spreadsheet", "chart", "formula", "database", "image"];
/** An archive whose first member is its own type. */
function openDocument(kind: string): RegExp {
  return new RegExp(String.raw`^PK\x03\x04[^]{22}\x08\0\0\0mimetypeapplication/vnd\.oasis\.opendocument\.${kind}`);
}

/** First two octets of Python's compiled modules, of version 1 to 3.14. */
const PYTHON_BYTECODE = [
  String.raw`\xfc\xc4|\x99\x4e|\x87\xc6|[\x2a\x2d]\xed`,
  String.raw`[\x3b\x45\x59\x63\x6d\x77\x81\x8b\x8c\x95\x9f\xa9\xb3\xc7\xd1\xdb\xe5\xef\xf9]\xf2|\x03\xf3`,
  String.raw`[\xb8\xc2\xcc\xd6\xe0\xea\xf4\xf5\xff]\x0b`,
  String.raw`[\x09\x13\x1d\x1f\x27\x3b\x45\x4f\x58\x62\x6c\x76\x80\x94\x9e\xb2\xcc\xc6\xd0\xda\xe4\xee\xf8]\x0c`,
  String.raw`[\x02\x0c\x16\x17\x20\x21\x2a-\x2d\x2f-\x33\x3e-\x42\x48\x49\x52-\x55\x5c-\x61\x66-\x6f\x7a-\xa7\xac-\xcb\xde-\xf3]\x0d`,
  String.raw`[\x10-\x19]\x0e`,
].join("|");

/** Types that begin with fixed octets, by the first of them. */
const BINARY = new Map<number, Magic[]>();
for (const entry of [
  magic(51, "application/x-dosexec", /^MZ/),
  magic(50, "application/x-object", /^\x7fELF[\x01\x02](?:\x01[^]{10}\x01\0|\x02[^]{10}\0\x01)/),
  magic(50, "application/x-executable", /^\x7fELF[\x01\x02](?:\x01[^]{10}\x02\0|\x02[^]{10}\0\x02)/),
  magic(50, "application/x-sharedlib", /^\x7fELF[\x01\x02](?:\x01[^]{10}\x03\0|\x02[^]{10}\0\x03)/),
  magic(100, "application/x-mach-o-executable", /^\xce\xfa\xed\xfe/),
  magic(100, "application/x-mach-o-executable", /^\xcf\xfa\xed\xfe/),
  magic(71, "application/x-java-applet", /^\xca\xfe\xba\xbe[^]{3}[\x2d-\x34]/),
  magic(100, "application/x-mach-o-executable", /^\xca\xfe\xba\xbe[^]{2}\0[\x01-\x14]/),
  magic(50, "application/x-coredump", /^\x7fELF[\x01\x02](?:\x01[^]{10}\x04\0|\x02[^]{10}\0\x04)/),
  magic(10, "application/x-elc", /^;ELC[\0-\x1f\x80-\xff]/),
  magic(340, "application/zip", /^MZ[^]{28}(?:Copyright 1989-1990 PKWARE Inc|PKLITE Copr)\./),
  magic(120, "application/x-lha", /^MZ[^]{34}LH[aA]'s SFX/),
  magic(10, "application/zip", /^PK\x03\x04[^]{2}/),
  magic(100, "application/java-archive", /^PK\x03\x04[^]{1,200}?\x14\0[^]{2}META-INF\/MANIFEST\.MF/),
  magic(50, "application/vnd.openxmlformats-officedocument", /^PK\x03\x04\x14\0\x06\0/),
  magic(80, `${OFFICE}.wordprocessingml.document`, officeArchive("word")),
  magic(80, `${OFFICE}.spreadsheetml.sheet`, officeArchive("xl")),
  magic(80, `${OFFICE}.presentationml.presentation`, officeArchive("ppt")),
  ...OPEN_DOCUMENTS.flatMap((kind) => [
    magic(110, `${OPEN_DOCUMENT}.${kind}`, openDocument(`${kind}(?!-)`)),
    magic(120, `${OPEN_DOCUMENT}.${kind}-template`, openDocument(`${kind}-template`)),
  ]),
  magic(70, `${OPEN_DOCUMENT}.text-web`, openDocument("text-web")),
  magic(100, `${OPEN_DOCUMENT}.text-master`, openDocument("text-master")),
  magic(10, "application/zip", /^PK\x07\x08PK\x03\x04/),
  magic(70, "application/x-rar", /^Rar!/),
  magic(100, "application/x-gzip", /^\x1f\x8b/),
  magic(50, "application/x-compress", /^\x1f\x9d/),
  magic(60, "application/x-bzip2", /^BZh/),
  magic(90, "application/x-xz", /^\xfd7zXZ\0/),
  magic(50, "application/x-7z-compressed", /^7z\xbc\xaf\x27\x1c/),
  magic(70, "application/x-lz4", /^\x04\x22\x4d\x18/),
  magic(70, "application/x-lz4", /^\x02\x21\x4c\x18/),
  magic(1, "application/x-lrzip", /^LRZI/),
  magic(70, "application/x-lzip", /^LZIP/),
  magic(50, "application/warc", /^WARC\//),
  magic(50, "application/x-arj", /^\x60\xea/),
  magic(50, "application/x-cpio", /^\xc7\x71/),
  magic(50, "application/x-cpio", /^\x71\xc7/),
  magic(
    100,
    "application/x-dmg",
    /^\x78(?:\x01\x73\r\x62\x62\x60|[\x01\xda]\x63\x60\x18\x05|\xda\x73\r|[\x01\xda]\xed[\xd0-\xd9])/,
  ),
  magic(100, "application/x-xar", /^xar!/),
  magic(70, "application/x-rpm", /^drpm/),
  magic(70, "application/x-stuffit", /^S(?:IT!|tuffIt)/),
  magic(70, "application/x-archive", /^!<ar(?:ch)?>/),
  magic(70, "application/x-eet", /^\x1e\xe7\xff\0/),
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
  magic(70, "image/x-coreldraw", /^RIFF[^]{4}CDR[A6]/),
  magic(70, "image/vnd.adobe.photoshop", /^8BPS/),
  magic(70, "image/jp2", /^\0\0\0\x0cjP {2}\r\n\x87\n[^]{8}jp2 /),
  magic(70, "image/jpx", /^\0\0\0\x0cjP {2}\r\n\x87\n[^]{8}jpx /),
  magic(70, "image/jpm", /^\0\0\0\x0cjP {2}\r\n\x87\n[^]{8}jpm /),
  magic(70, "video/mj2", /^\0\0\0\x0cjP {2}\r\n\x87\n[^]{8}mjp2/),
  magic(70, "image/x-xcursor", /^Xcur/),
  magic(70, "image/x-niff", /^IIN1/),
  magic(70, "image/x-exr", /^v\/1\x01/),
  magic(70, "image/x-dpx", /^SDPX/),
  magic(70, "image/x-cpi", /^CPC\xb2/),
  magic(70, "image/x-olympus-orf", /^IIR[OS]/),
  magic(70, "image/x-olympus-orf", /^MMOR/),
  magic(70, "image/x-x3f", /^FOVb/),
  magic(70, "image/x-paintnet", /^PDN3/),
  magic(50, "image/x-portable-pixmap", /^P7/),
  magic(70, "image/vnd.djvu", /^AT&TFORM[^]{4}(?:DJV[MUI]|THUM)/),
  magic(90, "image/vnd.dwg", /^AC(?:[12]\.|10)/),
  magic(110, "image/x-xcf", /^gimp xcf/),
  magic(20, "image/x-award-bmp", /^AWBM/),
  magic(50, "image/x-award-bioslogo", /^\x11[\x06\x09]/),
  magic(60, "video/x-flv", /^FLV/),
  magic(70, "video/x-mng", /^\x8aMNG/),
  magic(70, "video/x-jng", /^\x8bJNG/),
  magic(50, "video/mpeg", /^\0\0\x01[\xb0-\xbb]/),
  magic(71, "video/mpv", /^\0\0\x01\xb3/),
  magic(41, "video/h264", /^\0\0\0\x01[\x07\x27\x47\x67\x87\xa7\xc7\xe7]/),
  magic(70, "video/webm", /^\x1aE\xdf\xa3.*B\x82.webm/),
  magic(110, "video/x-matroska", /^\x1aE\xdf\xa3.*B\x82.matroska/),
  magic(21, "video/mp2p", /^\0\0\x01\xba[\x40-\x7f\xc0-\xff]/),
  magic(70, "video/x-sgi-movie", /^MOVI/),
  magic(70, "application/font-woff2", /^wOF2/),
  magic(70, "application/font-woff", /^wOFF/),
  magic(80, "application/x-font-ttf", /^\0\x01\0\0\0/),
  magic(70, "application/x-font-sfn", /^\0\0\0\x04[^]{100}(?:\x04\0\0\0|\0\0\0\x04)/),
  magic(70, "application/x-font-sfn", /^\x04\0\0\0[^]{100}(?:\x04\0\0\0|\0\0\0\x04)/),
  magic(70, "application/vnd.ms-opentype", /^OTTO/),
  magic(100, "application/vnd.ms-tnef", /^\x78\x9f\x3e\x22/),
  magic(1, "application/x-java-pack200", /^\xca\xfe\xd0\r/),
  magic(70, "application/x-java-keystore", /^\xfe\xed\xfe\xed/),
  magic(70, "application/x-java-jce-keystore", /^\xce\xce\xce\xce/),
  magic(100, "application/skp", /^\xff\xfe\xff\x0eS\0k\0e\0t\0c\0h\0U\0p\0 \0M\0o\0d\0e\0l\0/),
  magic(60, "application/x-shockwave-flash", /^FWS/),
  magic(60, "application/x-shockwave-flash", /^CWS/),
  magic(60, "application/x-shockwave-flash", /^ZWS/),
  magic(110, "application/pdf", /^%PDF-/),
  magic(50, "application/msword", /^\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1/),
  magic(49, "application/x-ms-shortcut", /^\x4c\0\0\0\x01\x14\x02\0\0\0\0\0\xc0\0\0\0\0\0\0\x46/),
  magic(70, "application/vnd.tcpdump.pcap", /^\xa1\xb2\xc3\xd4/),
  magic(70, "application/vnd.tcpdump.pcap", /^\xd4\xc3\xb2\xa1/),
  magic(100, "application/vnd.tcpdump.pcap", /^\n\r\r\n[^]{4}(?:\x1a\x2b\x3c\x4d|\x4d\x3c\x2b\x1a)/),
  magic(20, "audio/mpeg", /^\xff[\xe2\xe3\xf2\xf3\xf6\xf7\xfa\xfb\xfc\xfd]/),
  magic(70, "audio/mpeg", /^ID3/),
]) {
  addTo(BINARY, firstOctet(entry.pattern), entry);
}

/** Types whose sign does not stand at the beginning. */
const ANYWHERE: readonly Magic[] = [
  magic(100, "application/x-tar", /^[\x20-\x7e\0]{100}(?:[\d ]{7}\0){3}(?:[\d ]{11}\0){2}[\d\0 ]{7}[ \0][0-7\0]/),
  magic(71, "application/ocsp-request", /^[^]{11,19}\x06\x05\x2b\x0e\x03\x02\x1a/),
  magic(71, "application/ocsp-response", /^[^]{11,19}\x06\x09\x2b\x06\x01\x05\x05\x07\x30\x01\x01/),
  magic(180, "application/x-msaccess", /^[^]{4}Standard (?:Jet|ACE) DB\0/),
  magic(70, "video/quicktime", /^[^]{4}(?:mdat|moov)/),
  magic(70, "video/mp4", /^[^]{4}ftyp(?:isom|mp4[12])/),
  magic(60, "video/3gpp", /^[^]{4}ftyp(?:3g[egps2]|avc1|mmp4)/),
  magic(60, "image/jp2", /^[^]{4}ftypjp2/),
  magic(50, "image/jp2", /^[^]{4}jP/),
  magic(70, "audio/m4a", /^[^]{4}ftypm4a/),
  magic(50, "video/x-fli", /^[^]{4}\x11\xaf/),
  magic(50, "video/x-flc", /^[^]{4}\x12\xaf/),
  magic(80, "application/x-lzh", /^[^]{2}-(?:lh[ abcdex0-9]|lz[s2-8]|pm[s012]|pc1)-/),
  magic(100, "application/x-ace", /^[^]{7}\*\*ACE\*\*/),
  magic(70, "application/x-zoo", /^[^]{20}\xdc\xa7\xc4\xfd/),
  magic(70, "application/x-arc", /^[\0-\x7f]{2}[\x02-\n\x14\x48]\x1a/),
  magic(50, "application/vnd.ms-fontobject", /^[^]{34}LP/),
  magic(80, "application/x-python-bytecode", new RegExp(`^(?:${PYTHON_BYTECODE})\r\n`)),
];

/**
 * Type of a file by its first octets, null if they fit none.
 * @param text The octets, one character each (`SNIFF_OCTETS` of them are enough).
 */
export function mimeTypeOf(text: string): string | null {
  if (text === "") return null;
  const first = text.charCodeAt(0);
  let best: Magic | null = null;
  for (const list of [BINARY.get(first) ?? NONE, mayBeTag(first) ? TAGGED : NONE, TEXTUAL, ANYWHERE]) {
    for (const entry of list) {
      if ((best === null || isStronger(entry, best)) && entry.pattern.test(text)) best = entry;
    }
  }
  return best?.type ?? null;
}

/** Of two of one strength, the one whose name comes first. */
function isStronger(a: Magic, b: Magic): boolean {
  return a.strength > b.strength || (a.strength === b.strength && a.type < b.type);
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
