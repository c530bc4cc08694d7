import { rowWeight, textWeight } from "../../bytes/held-budget.ts";
import { HeldMap } from "../../bytes/held-map.ts";
import type { Moment, RecordSink } from "../protocol.ts";
import type { Exchange } from "./exchange.ts";
import { clientOf, outcomeOf } from "./exchange.ts";
import { GSS_PRIVACY } from "./message.ts";
import { programName } from "./programs.ts";
import type { RowOf } from "../../records/record-type.ts";
import { rpcRecord } from "./records.ts";

type RpcRow = { -readonly [K in keyof RowOf<typeof rpcRecord>]: RowOf<typeof rpcRecord>[K] };

interface Counted {
  readonly row: RpcRow;
  readonly from: Moment;
  to: Moment;
}

/** Kinds of calls of one connection that are counted apart; a client of every NFS version has about a hundred. */
const MOST_KINDS = 512;

/** Counts calls by procedure and status. */
export class CallCounts {
  readonly #out: RecordSink;
  /** Written early, a row loses nothing: what comes later is another one. */
  readonly #rows = new HeldMap<string, Counted>(
    ({ row }, key) => rowWeight(row) + textWeight(key),
    (counted) => this.#write(counted),
  );

  constructor(out: RecordSink) {
    this.#out = out;
  }

  count(procedure: string, exchange: Exchange, isGood: boolean, status: string | null): void {
    const { program, version, credential } = exchange.header;
    const isSealed = credential.gssService === GSS_PRIVACY;
    const outcome = outcomeOf(exchange, isGood || (isSealed && exchange.refusal === null));
    const { security, machine } = clientOf(exchange);
    const key = `${program} ${version} ${procedure} ${outcome} ${status} ${security} ${machine}`;
    const known = this.#rows.get(key);
    if (known !== undefined) {
      known.row.calls = known.row.calls! + 1;
      if (isSealed) known.row.sealed = known.row.sealed! + 1;
      known.to = exchange.to;
      return;
    }
    if (this.#rows.size >= MOST_KINDS) this.#writeFirst();
    const row = {
      program,
      program_name: programName(program),
      version,
      procedure,
      outcome,
      status,
      calls: 1,
      sealed: isSealed ? 1 : 0,
      security,
      machine,
    };
    this.#rows.set(key, { row, from: exchange.from, to: exchange.to });
  }

  close(): void {
    while (this.#rows.size > 0) this.#writeFirst();
  }

  #writeFirst(): void {
    const [key, counted] = this.#rows.entries().next().value!;
    this.#rows.delete(key);
    this.#write(counted);
  }

  #write({ row, from, to }: Counted): void {
    this.#out.emit(rpcRecord, row, from, to);
  }
}
