import { z } from "zod";
import type { Progress } from "./progress.ts";
import type { Subject } from "./window.ts";

/** A capture that waits to be analysed. */
export interface Offer {
  readonly id: string;
  readonly name: string;
  /** Size as stored; null for a folder. */
  readonly octets: number | null;
  /** "arriving": its octets are on the way from the browser. */
  readonly state: "arriving" | "ready";
}

/** An analysis that runs, or the last one. */
export interface Analysis {
  readonly state: "running" | "stopping" | "finished" | "stopped" | "failed";
  /** Into a new case, or the one that was open. */
  readonly into: "new" | "open";
  /** Folder and name of the case. */
  readonly folder: string;
  readonly name: string;
  /** Names of the captures. */
  readonly captures: readonly string[];
  /** Null until the first report. */
  readonly progress: Progress | null;
  /** What a person should know of a finished one, each a sentence. */
  readonly notes: readonly string[];
  /** Why it failed; null if it did not. */
  readonly problem: string | null;
}

/** What the engine behind a window has in hand. */
export interface DeskState {
  /** Null if none is open: the welcome page is shown then. */
  readonly case: { readonly folder: string; readonly name: string } | null;
  readonly offers: readonly Offer[];
  readonly analysis: Analysis | null;
  /** Where new cases are made. */
  readonly casesFolder: string;
}

/** Packets that were carved out of the evidence for another program. */
export interface Slice {
  readonly id: string;
  /** Name for the file. */
  readonly name: string;
  readonly frames: number;
  readonly octets: number;
  readonly sha256: string;
}

type None = Record<string, never>;

/** Calls about captures that come in; they are answered with and without a case. */
export interface DeskApi {
  "desk.state": [arg: None, value: DeskState];
  /** Makes room for a capture whose octets the browser will send to `captures/ID`. */
  "offer.announce": [arg: { name: string; octets: number }, value: { readonly id: string }];
  /** Takes captures back; what was sent of them is deleted. */
  "offer.remove": [arg: { offers: readonly string[] }, value: DeskState];
  /** Analyses offered captures. `name` is that of a new case. */
  "analysis.start": [arg: { offers: readonly string[]; into: "new" | "open"; name: string }, value: DeskState];
  /** Ends reading; the story is then told of what was read until then. */
  "analysis.stop": [arg: None, value: DeskState];
  /** Takes away the outcome of an analysis that was read. */
  "analysis.dismiss": [arg: None, value: DeskState];
  /** Carves the packets of a session or a finding; a browser gets them from `slices/ID`. */
  "slice.make": [arg: { subject: Subject; whole: boolean }, value: Slice];
}

export const SUBJECT = z.strictObject({ kind: z.enum(["finding", "session"]), id: z.string().max(100) });

const NOTHING = z.strictObject({});
const OFFERS = z.array(z.string().max(100)).min(1).max(10_000);

/** A path that a person or another program gave. */
export const PATH = z
  .string()
  .min(1)
  .max(4096)
  .refine((path) => !path.includes("\0"), "a path cannot have a null character");

export const DESK_ARGS = {
  "desk.state": NOTHING,
  "offer.announce": z.strictObject({ name: z.string().min(1).max(1000), octets: z.int().min(0) }),
  "offer.remove": z.strictObject({ offers: OFFERS }),
  "analysis.start": z.strictObject({ offers: OFFERS, into: z.enum(["new", "open"]), name: z.string().max(200) }),
  "analysis.stop": NOTHING,
  "analysis.dismiss": NOTHING,
  "slice.make": z.strictObject({ subject: SUBJECT, whole: z.boolean() }),
} satisfies { [M in keyof DeskApi]: z.ZodType<DeskApi[M][0]> };
