import type { ByteReader } from "../../bytes/reader.ts";
import type { Moment } from "../protocol.ts";
import type { Cdb } from "../scsi/cdb.ts";
import type { Unit } from "./unit.ts";

/** Octets of a parameter list or of a device's answer that are kept to be read. */
export const MOST_PARAMETERS = 16_384;
/** Octets of the first blocks that are kept, to tell what they are. */
export const HEAD_OCTETS = 64;

/** A SCSI command until its answer. */
export class Task {
  readonly unit: Unit;
  readonly cdb: Cdb;
  /** Octets that the initiator expects to move. */
  readonly expected: number;
  readonly from: Moment;
  /** Beginning of what went to the target and came from it. */
  readonly sent: Prefix;
  readonly received: Prefix;
  octetsSent = 0;
  octetsReceived = 0;

  constructor(unit: Unit, cdb: Cdb, expected: number, from: Moment) {
    this.unit = unit;
    this.cdb = cdb;
    this.expected = expected;
    this.from = from;
    const limit = keptOctets(cdb);
    this.sent = new Prefix(limit);
    this.received = new Prefix(limit);
  }
}

/** Octets that are kept of what goes with a command: of blocks only the first. */
export function keptOctets({ kind }: Cdb): number {
  return kind === "read" || kind === "write" ? HEAD_OCTETS : MOST_PARAMETERS;
}

/** The beginning of data that comes in pieces. */
export class Prefix {
  readonly #limit: number;
  bytes: Uint8Array = new Uint8Array(0);

  constructor(limit: number) {
    this.#limit = limit;
  }

  /**
   * Takes the piece that begins at `offset` if it continues what there is. `r` is left behind it.
   * @returns true if there is more than before.
   */
  add(r: ByteReader, offset: number): boolean {
    const room = Math.min(this.#limit - this.bytes.length, r.left);
    if (offset !== this.bytes.length || room <= 0) return false;
    this.bytes = Buffer.concat([this.bytes, r.bytes(room)]);
    return true;
  }
}
