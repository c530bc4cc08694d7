import { ENTRY, textWeight } from "../../../bytes/held-budget.ts";
import { HeldMap } from "../../../bytes/held-map.ts";
import type { Moment } from "../../protocol.ts";
import type { SetInfoChange } from "../smb2/set-info.ts";
import type { OpenFile, Session, Tree } from "../state.ts";
import type { SessionSetup } from "./sessions.ts";

/** A command that waits for its reply; a request message asks one or, with AndX, several. */
export interface Asked {
  readonly command: number;
  readonly from: Moment;
  readonly session: Session;
  readonly tree: Tree | null;
  file: OpenFile | null;
  /** READ: offset in the file. */
  offset: number;
  /** TRANSACTION2, NT_TRANSACT: subcommand. */
  subcommand: number;
  change: SetInfoChange | null;
  /** Second name of a rename, search pattern. */
  text: string | null;
  setup: SessionSetup | null;
}

/** Most requests that wait at one time; servers grant 50 or so. */
const MAX_PENDING = 1024;

/** Requests of one connection by PID and MID. */
export class PendingExchanges {
  readonly #byExchange = new HeldMap<number, Asked[]>((all) =>
    all.reduce((octets, { text }) => octets + ENTRY + textWeight(text), 0),
  );
  readonly #dropped: (asked: readonly Asked[]) => void;

  constructor(dropped: (asked: readonly Asked[]) => void) {
    this.#dropped = dropped;
  }

  add(exchange: number, asked: Asked[]): void {
    const former = this.#byExchange.get(exchange);
    if (former !== undefined) {
      this.#byExchange.delete(exchange);
      this.#dropped(former);
    } else if (this.#byExchange.size >= MAX_PENDING) {
      for (const [oldest, old] of this.#byExchange) {
        this.#byExchange.delete(oldest);
        this.#dropped(old);
        break;
      }
    }
    this.#byExchange.set(exchange, asked);
  }

  get(exchange: number): Asked[] | undefined {
    return this.#byExchange.get(exchange);
  }

  done(exchange: number): void {
    this.#byExchange.delete(exchange);
  }

  all(): Iterable<Asked[]> {
    return this.#byExchange.values();
  }
}
