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
  readonly #byExchange: HeldMap<number, Asked[]>;
  readonly #replaced: (asked: readonly Asked[]) => void;
  readonly #dropped: (asked: readonly Asked[]) => void;

  /**
   * @param replaced Takes commands whose message was followed by another one of the same number.
   * @param dropped Takes those that had to make room.
   */
  constructor(replaced: (asked: readonly Asked[]) => void, dropped: (asked: readonly Asked[]) => void) {
    this.#replaced = replaced;
    this.#dropped = dropped;
    const weigh = (all: readonly Asked[]): number =>
      all.reduce((octets, { text }) => octets + ENTRY + textWeight(text), 0);
    this.#byExchange = new HeldMap<number, Asked[]>(weigh, dropped);
  }

  add(exchange: number, asked: Asked[]): void {
    const former = this.#byExchange.get(exchange);
    if (former !== undefined) {
      this.#byExchange.delete(exchange);
      this.#replaced(former);
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
