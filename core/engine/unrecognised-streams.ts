import type { NetConnection } from "../net/connection.ts";
import type { Moment } from "../protocols/protocol.ts";
import { unrecognisedRecord } from "../protocols/unrecognised-record.ts";
import type { RecordOutput } from "../records/record-output.ts";
import type { RowOf } from "../records/record-type.ts";

/** Octets of each side's beginning that are looked at. */
const LOOKED = 256;
/** Of them, those that are shown. */
const SHOWN = 64;
/** Connections whose beginnings are held while nobody knows them: 10 MB. More are not looked at. */
const MOST_OPEN = 20_000;

interface Heads {
  orig: Uint8Array;
  resp: Uint8Array;
}

interface Beginning extends Heads {
  readonly first: Moment;
  last: Moment;
}

const NOTHING: Heads = { orig: new Uint8Array(0), resp: new Uint8Array(0) };

/** Keeps how connections begin that no protocol takes, and writes it when they are over. */
export class UnrecognisedStreams {
  readonly #output: RecordOutput;
  readonly #open = new Map<NetConnection, Beginning>();
  /** When those began of which a record was told while they are open. */
  readonly #told = new Map<NetConnection, Moment>();
  /** Connections that were not looked at because too many were open. */
  left = 0;

  constructor(output: RecordOutput) {
    this.#output = output;
  }

  /** All that one side has sent while its protocol was looked for. */
  head(net: NetConnection, octets: Uint8Array, fromOriginator: boolean, at: Moment): void {
    if (net.proto !== "tcp") return;
    let known = this.#open.get(net);
    if (known === undefined) {
      if (this.#open.size >= MOST_OPEN) {
        this.left++;
        return;
      }
      this.#open.set(net, (known = { first: at, last: at, ...NOTHING }));
    }
    const former = fromOriginator ? known.orig : known.resp;
    if (former.length >= LOOKED || octets.length <= former.length) return;
    known.last = at;
    const head = octets.slice(0, LOOKED);
    if (fromOriginator) known.orig = head;
    else known.resp = head;
  }

  /** A protocol took it. */
  recognised(net: NetConnection): void {
    this.#open.delete(net);
  }

  closed(net: NetConnection): void {
    const known = this.#open.get(net);
    this.#told.delete(net);
    if (known === undefined) return;
    this.#open.delete(net);
    if (net.services.length > 0) return;
    const { first, last } = known;
    this.#output.write(unrecognisedRecord, net, net.nextRecord++, rowOf(known), first, last);
  }

  /** Writes the record of one that is open, as it stands; one without anything in it where a protocol took it since the last time. */
  tellOpen(net: NetConnection, output: RecordOutput): void {
    const known = this.#open.get(net);
    const before = this.#told.get(net);
    if (known !== undefined && net.services.length === 0) {
      this.#told.set(net, known.first);
      output.write(unrecognisedRecord, net, net.nextRecord, rowOf(known), known.first, known.last);
    } else if (before !== undefined) {
      this.#told.delete(net);
      output.write(unrecognisedRecord, net, net.nextRecord, rowOf(NOTHING), before, before);
    }
  }
}

function rowOf({ orig, resp }: Heads): RowOf<typeof unrecognisedRecord> {
  return {
    orig_head: orig.length === 0 ? null : shown(orig),
    resp_head: resp.length === 0 ? null : shown(resp),
    orig_looked: orig.length,
    resp_looked: resp.length,
    orig_entropy: entropy(orig),
    resp_entropy: entropy(resp),
    orig_printable: printable(orig),
    resp_printable: printable(resp),
  };
}

/** Shannon's entropy in bits an octet. */
function entropy(octets: Uint8Array): number | null {
  if (octets.length === 0) return null;
  const counts = new Uint32Array(256);
  for (const octet of octets) counts[octet]!++;
  let sum = 0;
  for (const count of counts) if (count > 0) sum -= (count / octets.length) * Math.log2(count / octets.length);
  return rounded(sum);
}

/** Share of what is text: ASCII, tabs and line ends. */
function printable(octets: Uint8Array): number | null {
  if (octets.length === 0) return null;
  let count = 0;
  for (const octet of octets)
    if ((octet >= 0x20 && octet < 0x7f) || octet === 9 || octet === 10 || octet === 13) count++;
  return rounded(count / octets.length);
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}

function shown(octets: Uint8Array): string {
  return Buffer.from(octets.subarray(0, SHOWN))
    .toString("latin1")
    .replaceAll(/[^\x20-\x7e]/g, (one) => `\\x${one.charCodeAt(0).toString(16).padStart(2, "0")}`);
}
