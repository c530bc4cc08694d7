import { existsSync } from "node:fs";
import { basename } from "node:path";
import type { Json } from "../case/journal.ts";
import { countOf } from "../contracts/text-forms.ts";
import type { AlarmBoard } from "./alarm-board.ts";
import { asideIn, setAside, spooled } from "./spool.ts";

/** Names that a sentence has; the journal has all. */
const MOST_NAMES = 3;

/** The first of some files by name, and how many there are besides. */
export function namesText(names: readonly string[]): string {
  const further = names.length > MOST_NAMES ? ` and ${countOf(names.length - MOST_NAMES, "other")}` : "";
  return `${names.slice(0, MOST_NAMES).join(", ")}${further}`;
}

/** Files with frames that are in no segment: journal and alarms name them, until they are gone. */
export class LeftFiles {
  readonly #folder: string;
  readonly #alarms: AlarmBoard;
  readonly #note: (action: string, detail: { readonly [key: string]: Json }) => void;
  /** Paths by why they are left. */
  readonly #paths = new Map<string, readonly string[]>();

  constructor(
    folder: string,
    alarms: AlarmBoard,
    note: (action: string, detail: { readonly [key: string]: Json }) => void,
  ) {
    this.#folder = folder;
    this.#alarms = alarms;
    this.#note = note;
  }

  /** Before the drivers are opened. @param taken Interfaces whose files are taken over. */
  begin(taken: readonly string[]): void {
    const before = asideIn(this.#folder);
    const others = spooled(this.#folder).filter(({ iface }) => !taken.includes(iface));
    const paths = [...before, ...others.map(({ path }) => setAside(path))];
    this.#tell(paths, "a recording before this one left them, and they are not taken over");
  }

  tell(path: string, why: string): void {
    this.#tell([path], why);
  }

  /** Once a second: what is gone is no alarm any more. */
  look(): void {
    for (const [why, paths] of this.#paths)
      this.#show(
        paths.filter((path) => existsSync(path)),
        why,
      );
  }

  /** Once the drivers have ended: what they left is taken over at the next start. */
  end(): void {
    let files: readonly string[] = [];
    try {
      files = spooled(this.#folder).map(({ path }) => basename(path));
    } catch {
      // The folder was moved away or its disk is gone, of which alarms tell: recording ends in order all the same.
    }
    if (files.length > 0) this.#note("frames-waiting", { files });
  }

  #tell(paths: readonly string[], why: string): void {
    if (paths.length === 0) return;
    this.#note("frames-left", { files: paths.map((path) => basename(path)), why });
    this.#show([...(this.#paths.get(why) ?? []), ...paths], why);
  }

  #show(paths: readonly string[], why: string): void {
    const key = `frames-left ${why}`;
    if (paths.length === this.#paths.get(why)?.length) return;
    this.#paths.set(why, paths);
    this.#alarms.hide(key);
    if (paths.length === 0) return;
    this.#alarms.show(
      "frames-left",
      `Frames that may be in no segment are left in ${this.#folder}: ${namesText(paths.map((path) => basename(path)))} (${why}). Read them with backtrail analyze into a case of their own, then move them away.`,
      key,
    );
  }
}
