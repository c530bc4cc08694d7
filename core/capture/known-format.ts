/** Names what a file looks like that is no capture Backtrail reads, and what to do; for the error sentence. */
export function describeForeign(head: Uint8Array): { looksLike: string; advice: string } {
  for (const format of FOREIGN) {
    if (matches(head, format)) return { looksLike: format.looksLike, advice: format.advice ?? CONVERT };
  }
  if (isErf(head)) return { looksLike: "an ERF capture (Endace)", advice: CONVERT };
  if (isText(head)) return { looksLike: "a text file", advice: "Give a pcap or pcapng file" };
  return { looksLike: "none of the formats known here", advice: CONVERT_IF };
}

interface Foreign {
  readonly at?: number;
  /** Octets as ISO 8859-1 text. */
  readonly starts: string;
  readonly looksLike: string;
  readonly advice?: string;
}

const CONVERT = "Convert it with `editcap -F pcapng IN OUT` (part of Wireshark) and give that";
const CONVERT_IF = "If Wireshark opens it, convert it with `editcap -F pcapng IN OUT` and give that";
const UNPACK = "Unpack it and give the captures in it";

const AGAIN = "Fetch the file again from where it was recorded";

const FOREIGN: readonly Foreign[] = [
  { starts: "snoop\0\0\0", looksLike: "a snoop capture (Solaris)" },
  { starts: "GMBU", looksLike: "a Microsoft Network Monitor 2 capture" },
  { starts: "RTSS", looksLike: "a Microsoft Network Monitor 1 capture" },
  { starts: "XCP\0", looksLike: "a Network Associates Sniffer capture" },
  { starts: "TRSNIFF data", looksLike: "a DOS Sniffer capture" },
  { starts: "VeriWave", looksLike: "a VeriWave capture" },
  { starts: "iptrace 1.0", looksLike: "an AIX iptrace capture" },
  { starts: "iptrace 2.0", looksLike: "an AIX iptrace capture" },
  { starts: "btsnoop\0", looksLike: "a Bluetooth HCI capture (btsnoop)" },
  { starts: "\x7fver", looksLike: "an EtherPeek or OmniPeek capture" },
  { starts: "\x54\x50\x43\x41\x50", looksLike: "a TPCAP capture" },
  { starts: "5VIEW", looksLike: "an InfoVista 5View capture" },
  { starts: "\xaa\xaa\xaa\xaa", looksLike: "an InfoVista 5View capture" },
  { starts: "nettl", looksLike: "an HP-UX nettl trace" },
  { starts: "\0\0\0\0\0\0\0\x36", looksLike: "an HP-UX nettl trace" },
  { starts: "\xa1\xb2\x34\xcd", looksLike: "a pcap of Francisco Mesquita's variant" },
  { starts: "\xcd\x34\xb2\xa1", looksLike: "a pcap of Francisco Mesquita's variant" },
  { starts: "\xa1\x2b\x3c\x4d", looksLike: "a pcap of Navtel's variant" },
  { starts: "\x4d\x3c\x2b\xa1", looksLike: "a pcap of Navtel's variant" },
  { starts: "PK\x03\x04", looksLike: "a ZIP archive", advice: UNPACK },
  { starts: "7z\xbc\xaf\x27\x1c", looksLike: "a 7-Zip archive", advice: UNPACK },
  { starts: "Rar!", looksLike: "a RAR archive", advice: UNPACK },
  { starts: "BZh", looksLike: "a bzip2 file", advice: UNPACK },
  { starts: "\xfd7zXZ\0", looksLike: "an xz file", advice: UNPACK },
  { at: 257, starts: "ustar", looksLike: "a tar archive", advice: UNPACK },
  { starts: "SQLite format 3\0", looksLike: "an SQLite database", advice: "Give a pcap or pcapng file" },
  { starts: "ElfFile\0", looksLike: "a Windows event log", advice: "Give a pcap or pcapng file" },
  { starts: "\x7fELF", looksLike: "a program", advice: "Give a pcap or pcapng file" },
  { starts: "MZ", looksLike: "a Windows program", advice: "Give a pcap or pcapng file" },
  { starts: "%PDF", looksLike: "a PDF document", advice: "Give a pcap or pcapng file" },
  {
    starts: "\x0a\x0d\x0d\x0a",
    looksLike: "a pcapng file whose first block is damaged or cut short",
    advice: AGAIN,
  },
  ...["\xd4\xc3\xb2\xa1", "\xa1\xb2\xc3\xd4", "\x4d\x3c\xb2\xa1", "\xa1\xb2\x3c\x4d"].map((starts) => ({
    starts,
    looksLike: "a pcap file cut short in its header",
    advice: AGAIN,
  })),
];

function matches(head: Uint8Array, format: Foreign): boolean {
  const at = format.at ?? 0;
  if (head.length < at + format.starts.length) return false;
  for (let i = 0; i < format.starts.length; i++) {
    if (head[at + i] !== format.starts.charCodeAt(i)) return false;
  }
  return true;
}

/** UTF-8 without control characters but white space among the first octets. */
function isText(head: Uint8Array): boolean {
  const some = head.subarray(0, 512);
  if (some.some((octet) => octet < 0x20 && octet !== 0x09 && octet !== 0x0a && octet !== 0x0d)) return false;
  try {
    // stream: a character may be cut at the end
    new TextDecoder("utf-8", { fatal: true }).decode(some, { stream: true });
    return true;
  } catch {
    return false;
  }
}

/** ERF has no magic: two records in a row must make sense. Endace ERF types reference: 16 octets of header each. */
function isErf(head: Uint8Array): boolean {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  let at = 0;
  for (let record = 0; record < 2; record++) {
    if (at + 16 > head.length) return record > 0 && at === head.length;
    const type = view.getUint8(at + 8) & 0x7f;
    const octets = view.getUint16(at + 10);
    const seconds = view.getUint32(at + 4, true);
    if (type === 0 || type > 48 || octets < 16 || seconds < 1e8 || seconds > 4e9) return false;
    at += octets;
  }
  return true;
}
