import { createContext, useContext } from "react";
import type { CaseView } from "../core/contracts/api.ts";
import type { Note, OpenConflict, Review } from "../core/contracts/annotations.ts";
import type { Finding } from "../core/contracts/finding.ts";
import type { HostNames } from "../core/contracts/host-names.ts";
import type { Story } from "../core/contracts/story.ts";
import type { Matches, Narrowing, Overview, Subject } from "../core/contracts/window.ts";
import type { Pick, Place, Tab } from "./data/place.ts";
import type { ScopeChange } from "./data/use-scope.ts";
import type { Loaded } from "./data/use-call.ts";
import type { Menu } from "./frame/context-menu.tsx";

/** What every part of the window shares: the case, the place, and the ways to change them. */
export interface Bench {
  readonly view: CaseView;
  /** The story with the verdicts as they are now. */
  readonly story: Story;
  readonly notes: readonly Note[];
  /** What merged copies of the case disagree on and nobody has decided since. */
  readonly conflicts: readonly OpenConflict[];
  readonly hosts: HostNames;
  readonly place: Place;
  readonly narrowing: Narrowing;
  readonly overview: Loaded<Overview>;
  /** What the narrowing leaves of the story; it may come after the overview. */
  readonly matches: Loaded<Matches>;
  /** Findings that the narrowing leaves, in time order. */
  readonly findings: readonly Finding[];
  /** Another one after estate and findings were found anew: what depends on them is asked again. */
  readonly version: string;
  readonly go: (change: Partial<Place>) => void;
  readonly select: (pick: Pick | null, tab?: Tab) => void;
  /** Changes filter or time range; can be undone. */
  readonly narrow: (change: Partial<Narrowing>) => void;
  readonly undo: (() => void) | null;
  readonly redo: (() => void) | null;
  /** Journals a verdict. */
  readonly review: (
    finding: string,
    verdict: Review["verdict"] | null,
    reason: string | null,
  ) => Promise<string | null>;
  /** Reads the case again: a recording fills it. */
  readonly reload: () => void;
  /** Takes over the notes that hold now. */
  readonly setNotes: (notes: readonly Note[]) => void;
  /** Selects something and begins a note on it with a text, unless one was begun already. */
  readonly note: (pick: Pick, text: string) => void;
  /** Raised with each note that is begun so. */
  readonly notesBegun: number;
  /** Something in one sentence, as a report would have it. */
  readonly wordsFor: (pick: Pick) => string;
  /** What the scope says of machines. */
  readonly scope: ScopeChange;
  /** Asks what a machine is. */
  readonly editMachine: (address: string) => void;
  /** Gives packets to the person: as a download, or where they say. */
  readonly exportPackets: (subject: Subject, whole: boolean) => Promise<void>;
  readonly openMenu: (menu: Menu) => void;
  /** Asks for what was saved: filters and layouts. */
  readonly openSaved: () => void;
  /** Goes back to the welcome. */
  readonly leave: () => void;
  /** Says something in the status line, for eyes and screen readers. */
  readonly say: (text: string) => void;
}

export const BenchContext = createContext<Bench | null>(null);

export function useBench(): Bench {
  const bench = useContext(BenchContext);
  if (bench === null) throw new Error("no bench around");
  return bench;
}
