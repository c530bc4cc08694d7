import {
  BYTE_ORDER_MAGIC,
  CUSTOM,
  CUSTOM_NO_COPY,
  DECRYPTION_SECRETS,
  ENHANCED_PACKET,
  SECTION_HEADER,
  SYSTEMD_JOURNAL,
} from "./pcapng-blocks.ts";

/** Where a block ends. */
export interface BlockExtent {
  /**
   * whole: both lengths agree and all octets are there. more: octets are missing. trailer: the second length differs.
   * bad: the length cannot be.
   */
  readonly state: "whole" | "more" | "trailer" | "bad";
  readonly type: number;
  /** Octets from block to block. */
  readonly octets: number;
  /** Octets from the block's begin to its second length. */
  readonly bodyEnd: number;
}

/** Longest block that is read; a longer one is damage. */
export const MOST_BLOCK_OCTETS = 64 * 1024 * 1024;

/**
 * Reads type and lengths of the block at `at`. A section header brings its own byte order.
 * @param trusted The second length is not looked at.
 */
export function blockAt(
  view: DataView,
  at: number,
  end: number,
  sectionLittleEndian: boolean,
  trusted: boolean,
): BlockExtent {
  const left = end - at;
  if (left < 12) return { state: "more", type: 0, octets: 12, bodyEnd: 0 };
  let littleEndian = sectionLittleEndian;
  const type = view.getUint32(at, littleEndian);
  if (type === SECTION_HEADER) {
    littleEndian = view.getUint32(at + 8, true) === BYTE_ORDER_MAGIC;
    if (!littleEndian && view.getUint32(at + 8) !== BYTE_ORDER_MAGIC) {
      return { state: "bad", type, octets: view.getUint32(at + 4, sectionLittleEndian), bodyEnd: 0 };
    }
  }
  const claimed = view.getUint32(at + 4, littleEndian);
  const least = type === SECTION_HEADER ? 28 : 12;
  if (claimed < least || claimed > MOST_BLOCK_OCTETS) return { state: "bad", type, octets: claimed, bodyEnd: 0 };
  // A frame cannot be a small part of its block: such a length is garbage, and must not wait for octets.
  if (type === ENHANCED_PACKET && left >= 28) {
    const captured = view.getUint32(at + 20, littleEndian);
    if (captured > claimed - Math.min(claimed, 32) || claimed - captured > MOST_OPTION_OCTETS) {
      return { state: "bad", type, octets: claimed, bodyEnd: 0 };
    }
  }
  // Some writers forget to pad: the second length then follows at once, or behind octets that are not counted.
  const padded = claimed + (-claimed & 3);
  if (padded > left) return { state: "more", type, octets: padded, bodyEnd: 0 };
  if (trusted || view.getUint32(at + claimed - 4, littleEndian) === claimed) {
    return { state: "whole", type, octets: claimed, bodyEnd: claimed - 4 };
  }
  if (padded !== claimed && view.getUint32(at + padded - 4, littleEndian) === claimed) {
    return { state: "whole", type, octets: padded, bodyEnd: padded - 4 };
  }
  return { state: "trailer", type, octets: claimed, bodyEnd: claimed - 4 };
}

/** The first 12 octets look like a block of a type that is in the specification. */
export function isLikelyBlock(view: DataView, at: number, sectionLittleEndian: boolean): boolean {
  const type = view.getUint32(at, sectionLittleEndian);
  if (type === SECTION_HEADER) {
    return view.getUint32(at + 8, true) === BYTE_ORDER_MAGIC || view.getUint32(at + 8) === BYTE_ORDER_MAGIC;
  }
  const known =
    (type >= 1 && type <= ENHANCED_PACKET) ||
    type === SYSTEMD_JOURNAL ||
    type === DECRYPTION_SECRETS ||
    type === CUSTOM ||
    type === CUSTOM_NO_COPY;
  if (!known) return false;
  const octets = view.getUint32(at + 4, sectionLittleEndian);
  return octets >= 12 && octets <= MOST_BLOCK_OCTETS && (octets & 3) === 0;
}

/** Most octets of options that one packet block may have. */
const MOST_OPTION_OCTETS = 4 * 1024 * 1024;
