import { ENTRY, textWeight } from "../../../bytes/held-budget.ts";
import { HeldMap } from "../../../bytes/held-map.ts";
import type { Moment } from "../../protocol.ts";
import type { OpenFile, Session, Tree } from "../state.ts";
import type { SessionSetup } from "./sessions.ts";
import type { SetInfoChange } from "./set-info.ts";

/** A request that waits for its response. */
export interface Pending {
  readonly command: number;
  readonly from: Moment;
  readonly session: Session;
  tree: Tree | null;
  file: OpenFile | null;
  /** READ, WRITE: offset in the file. */
  offset: number;
  /** SET_INFO: what it asks for. */
  change: SetInfoChange | null;
  /** IOCTL: control code. QUERY_DIRECTORY: information class. */
  code: number;
  /** QUERY_DIRECTORY: search pattern, and whether the list begins anew. */
  text: string | null;
  restarts: boolean;
  /** WRITE, IOCTL copy chunk: octets. */
  size: number;
  setup: SessionSetup | null;
}

/** A request of which only the header was read. */
export function pendingOf(
  command: number,
  from: Moment,
  session: Session,
  tree: Tree | null,
  setup: SessionSetup | null,
): Pending {
  return {
    command,
    from,
    session,
    tree,
    file: null,
    offset: 0,
    change: null,
    code: 0,
    text: null,
    restarts: false,
    size: 0,
    setup,
  };
}

/** Most requests of a connection that wait at one time; servers grant a few hundred to a few thousand credits. */
const MAX_PENDING = 4096;

/** Requests of one connection by MessageId. */
export class PendingRequests {
  readonly #byMessage: HeldMap<number, Pending>;
  readonly #dropped: (request: Pending) => void;

  /** @param dropped Takes a request that had to make room. */
  constructor(dropped: (request: Pending) => void) {
    this.#dropped = dropped;
    this.#byMessage = new HeldMap(({ text }) => ENTRY + textWeight(text), dropped);
  }

  add(messageId: number, request: Pending): void {
    if (this.#byMessage.size >= MAX_PENDING) {
      for (const [oldest, old] of this.#byMessage) {
        this.#byMessage.delete(oldest);
        this.#dropped(old);
        break;
      }
    }
    this.#byMessage.set(messageId, request);
  }

  take(messageId: number): Pending | undefined {
    const request = this.#byMessage.get(messageId);
    if (request !== undefined) this.#byMessage.delete(messageId);
    return request;
  }

  /** Those that wait still, in order of their requests. */
  all(): Iterable<Pending> {
    return this.#byMessage.values();
  }
}
