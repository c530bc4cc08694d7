import { Charge, textWeight, type Holder } from "../bytes/held-budget.ts";
import { recordType } from "../records/record-type.ts";
import type { Moment, RecordSink } from "./protocol.ts";

/** What a server said lies in a directory, whatever the protocol. */
export const DIRECTORY_LISTING_RECORD = recordType({
  name: "directory_listing",
  own: true,
  text: "What a server said lies in a directory, or under a prefix of a bucket, when it was asked for all of it",
  version: 1,
  layout: "connection",
  columns: {
    protocol: { kind: "string", text: "Protocol that it was asked in", example: "nfs" },
    share: { kind: "string", text: "Share, export or bucket", example: "\\\\REPO01\\Backup" },
    object: { kind: "string", text: "Path of the directory, or prefix; empty for the topmost one", example: "Daily" },
    actor: { kind: "string", text: "Account, as far as the wire shows it", example: "CORP\\svc_backup" },
    names: {
      kind: "vector[string]",
      text: "Names in it, at most 4096: of a bucket whole keys, else last components; not those of the directory itself and its parent",
      example: "FS01.vbk",
    },
    complete: {
      kind: "bool",
      text: "True if all was told, from the first name to the server's word that there are no more",
      example: "T",
    },
  },
});

/** Names of one listing that are kept. */
const MOST_NAMES = 4096;
/** Octets of names of one listing that are kept. */
const MOST_NAME_OCTETS = 1 << 20;

/** One listing while its answers come. */
export class Listing {
  readonly names: string[] = [];
  #octets = 0;
  readonly #charge: Charge;
  /** It began with the first name, none were passed over, none were lost. */
  #isWhole: boolean;
  readonly from: Moment;
  to: Moment;

  /** @param holder Whose it is, where several connections go on with it. */
  constructor(isFirst: boolean, from: Moment, holder: Holder | null = null) {
    this.#charge = new Charge(null, holder);
    this.#isWhole = isFirst;
    this.from = from;
    this.to = from;
  }

  add(name: string): void {
    if (name === "." || name === "..") return;
    this.#octets += name.length;
    if (this.names.length >= MOST_NAMES || this.#octets > MOST_NAME_OCTETS) {
      this.#isWhole = false;
      return;
    }
    this.names.push(name);
    this.#charge.add(textWeight(name));
  }

  /** Some of it cannot be read. */
  lost(): void {
    this.#isWhole = false;
  }

  /** It is not reported, or no more: it takes nothing. */
  release(): void {
    this.#charge.set(0);
  }

  /** @param isEnd The server said that there are no more. */
  report(
    out: RecordSink,
    protocol: string,
    { share, object, actor }: { share: string | null; object: string; actor: string | null },
    isEnd: boolean,
  ): void {
    this.release();
    if (this.names.length === 0 && !(isEnd && this.#isWhole)) return;
    const row = { protocol, share, object, actor, names: this.names, complete: isEnd && this.#isWhole };
    out.emit(DIRECTORY_LISTING_RECORD, row, this.from, this.to);
  }
}
