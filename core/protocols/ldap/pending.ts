import { rowWeight } from "../../bytes/held-budget.ts";
import { HeldMap } from "../../bytes/held-map.ts";
import type { Moment, RecordSink } from "../protocol.ts";
import type { RecordType, RowOf } from "../../records/record-type.ts";
import type { LdapWeird } from "./weirds.ts";

/** Most requests of a kind that wait for their answer on one connection; Zeek's LDAP::max_pending_messages. */
const MAX_PENDING = 100;

/** A row being put together from a request and its answers. */
export interface Pending<T extends RecordType> {
  readonly row: { -readonly [K in keyof RowOf<T>]: RowOf<T>[K] };
  readonly from: Moment;
  to: Moment;
}

/** Rows by message id, from the first message with an id to the one that answers it. */
export class PendingRows<T extends RecordType> {
  readonly #out: RecordSink;
  readonly #type: T;
  readonly #blank: (id: number) => RowOf<T>;
  readonly #tooMany: LdapWeird;
  readonly #byId = new HeldMap<number, Pending<T>>(
    ({ row }) => rowWeight(row),
    (pending, id) => {
      this.#out.forgot("LDAP request");
      this.#write(id, pending);
    },
  );

  constructor(out: RecordSink, type: T, blank: (id: number) => RowOf<T>, tooMany: LdapWeird) {
    this.#out = out;
    this.#type = type;
    this.#blank = blank;
    this.#tooMany = tooMany;
  }

  /** The row of a message id, begun now if there is none. */
  of(id: number, now: Moment): Pending<T> {
    let pending = this.#byId.get(id);
    if (pending === undefined) {
      if (this.#byId.size >= MAX_PENDING) {
        this.#out.weird(this.#tooMany, String(MAX_PENDING));
        for (let i = 0; i < MAX_PENDING; i++) this.#out.forgot("LDAP request");
        this.flush();
      }
      pending = { row: { ...this.#blank(id) }, from: now, to: now };
      this.#byId.set(id, pending);
    }
    pending.to = now;
    return pending;
  }

  /** Weighs anew what a message added to. */
  grown(id: number): void {
    const pending = this.#byId.get(id);
    if (pending !== undefined) this.#byId.set(id, pending);
  }

  /** Writes the row of a message id, which is complete. */
  finish(id: number): void {
    const pending = this.#byId.get(id);
    if (pending === undefined) return;
    this.#byId.delete(id);
    this.#out.emit(this.#type, pending.row, pending.from, pending.to);
  }

  /** Writes all rows as they are. */
  flush(): void {
    for (const [id, pending] of this.#byId) this.#write(id, pending);
    this.#byId.clear();
  }

  #write(id: number, { row, from, to }: Pending<T>): void {
    // Message id 0 is the server's own, and nobody waits for more of it.
    if (id > 0) this.#out.emit(this.#type, row, from, to);
  }
}
