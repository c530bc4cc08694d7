import { isUtf8 } from "node:buffer";
import { ByteReader } from "../../bytes/reader.ts";

/** A domain name, labels joined by dots, without a trailing dot; "" is the root. */
export interface DomainName {
  /** ASCII letters in lower case. */
  readonly text: string;
  /** As it was written, if that differs in case; else the same string. */
  readonly original: string;
}

/** What can be wrong with a name. */
export type NameFault =
  | "DNS_label_forward_compress_offset"
  | "DNS_max_compression_chain_depth_exceeded"
  | "DNS_label_len_gt_pkt"
  | "DNS_label_too_long"
  | "DNS_NAME_too_long";

/** Most compression pointers followed in one name. */
const MAX_POINTERS = 20;
/** Longest name kept, in octets with dots; RFC 1035 2.3.4 allows 255, but longer ones are seen and worth showing. */
const MAX_NAME = 512;

const scratch = Buffer.alloc(MAX_NAME + 256);
const lowered = Buffer.alloc(MAX_NAME + 256);
const scratchText = new ByteReader(scratch);
const loweredText = new ByteReader(lowered);

/**
 * Reads the names of one message. Pointers may only go backwards, and only a few times. RFC 1035 4.1.4
 */
export class NameReader {
  /** What was wrong with the name read last, null if nothing. */
  fault: NameFault | null = null;
  /** True if labels above 63 octets are let through (NetBIOS). */
  longLabels = false;

  /**
   * Reads one name and leaves `r` behind it (behind its first pointer).
   * @param messageStart Position in `r` that compression offsets count from.
   */
  read(r: ByteReader, messageStart: number): DomainName {
    this.fault = null;
    const source = r.source;
    let at = r.pos;
    let end = r.end;
    let behind = -1;
    let pointers = 0;
    let length = 0;
    let hasUpper = false;
    let isAscii = true;
    for (;;) {
      if (at >= end) {
        if (behind < 0) r.truncated = true;
        break;
      }
      const octet = source[at]!;
      if (octet === 0) {
        at++;
        break;
      }
      if ((octet & 0xc0) === 0xc0) {
        if (at + 1 >= end) {
          at = end;
          if (behind < 0) r.truncated = true;
          break;
        }
        const target = messageStart + (((octet & 0x3f) << 8) | source[at + 1]!);
        if (behind < 0) behind = at + 2;
        if (target >= at) {
          this.fault = "DNS_label_forward_compress_offset";
          break;
        }
        if (++pointers > MAX_POINTERS) {
          this.fault = "DNS_max_compression_chain_depth_exceeded";
          break;
        }
        end = at;
        at = target;
        continue;
      }
      if (octet > 63 && !this.longLabels) {
        this.fault = "DNS_label_too_long";
        at++;
        break;
      }
      if (octet > end - at - 1) {
        this.fault = "DNS_label_len_gt_pkt";
        at = end;
        break;
      }
      if (length + octet > MAX_NAME) {
        this.fault = "DNS_NAME_too_long";
        at += 1 + octet;
        break;
      }
      if (length > 0) {
        scratch[length] = 0x2e;
        lowered[length++] = 0x2e;
      }
      for (let i = at + 1; i <= at + octet; i++) {
        let c = source[i]!;
        scratch[length] = c;
        if (c >= 0x41 && c <= 0x5a) {
          hasUpper = true;
          c |= 0x20;
        } else if (c > 0x7f) {
          isAscii = false;
        }
        lowered[length++] = c;
      }
      at += 1 + octet;
    }
    r.pos = behind < 0 ? Math.min(at, r.end) : behind;
    if (length >= 255 && this.fault === null) this.fault = "DNS_NAME_too_long";
    const isUtf8Text = !isAscii && isUtf8(scratch.subarray(0, length));
    const text = decoded(loweredText, length, isUtf8Text);
    return { text, original: hasUpper ? decoded(scratchText, length, isUtf8Text) : text };
  }
}

function decoded(r: ByteReader, octets: number, isUtf8Text: boolean): string {
  r.seek(0);
  return isUtf8Text ? r.utf8(octets) : r.latin1(octets);
}

/**
 * The NetBIOS name that a first-level encoded label stands for, without its type and padding; "" if it is none.
 * RFC 1001 14.1
 */
export function decodeNetbiosName(label: string): string {
  let name = "";
  for (let i = 0; i + 1 < label.length && i < 32; i += 2) {
    const high = nibbleOf(label.charCodeAt(i));
    const low = nibbleOf(label.charCodeAt(i + 1));
    if (high < 0 || low < 0) return i === 0 ? "" : name;
    if (i === 30) break;
    name += String.fromCharCode(high * 16 + low);
  }
  let end = name.length;
  while (end > 0 && name.charCodeAt(end - 1) === 0x20) end--;
  return name.slice(0, end);
}

/** The last octet of an encoded NetBIOS name in hexadecimal; null if the label has none. RFC 1001 14.1 */
export function netbiosSuffix(label: string): string | null {
  if (label.length < 32) return null;
  const high = nibbleOf(label.charCodeAt(30));
  const low = nibbleOf(label.charCodeAt(31));
  return high < 0 || low < 0 ? null : (high * 16 + low).toString(16).padStart(2, "0");
}

function nibbleOf(code: number): number {
  const nibble = (code & ~0x20) - 0x41;
  return nibble >= 0 && nibble < 16 ? nibble : -1;
}
