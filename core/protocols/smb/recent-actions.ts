import { ENTRY, textWeight } from "../../bytes/held-budget.ts";
import { HeldMap } from "../../bytes/held-map.ts";
import type { OpenFile } from "./state.ts";

/** How long an action is remembered after it was last seen. Zeek: 3 minutes (`recent_files`, base/protocols/smb/main.zeek). */
const REMEMBERED_NS = 180_000_000_000n;
const MAX_REMEMBERED = 4096;

/**
 * Tells actions on files apart from repetitions of the same action on the same unchanged file, as Zeek's `smb_files.log`
 * does: an action is a repetition if name, share, size and times (but the access time) are as they were. A file whose times
 * are not known is never one.
 */
export class RecentActions {
  readonly #seen = new HeldMap<string, bigint>(
    (_, key) => ENTRY / 2 + textWeight(key),
    () => undefined,
  );

  /** @param ts ns since 1970-01-01 UTC. */
  isNew(action: string, file: OpenFile, ts: bigint): boolean {
    const { times } = file;
    if (times === null) return true;
    const key = `${action}\0${file.name ?? ""}\0${file.tree?.path ?? ""}\0${file.size ?? 0}\0${times.modified}\0${times.created}\0${times.changed}`;
    const last = this.#seen.get(key);
    this.#seen.delete(key);
    this.#seen.set(key, ts);
    if (this.#seen.size > MAX_REMEMBERED) {
      for (const first of this.#seen.keys()) {
        this.#seen.delete(first);
        break;
      }
    }
    return last === undefined || ts - last > REMEMBERED_NS;
  }
}
