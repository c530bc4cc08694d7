import { z } from "zod";
import { PATH, SUBJECT } from "./desk.ts";
import type { Subject } from "./window.ts";

/** A case that was open before. */
export interface RecentCase {
  readonly folder: string;
  readonly name: string;
}

type None = Record<string, never>;
type Packets = { readonly subject: Subject; readonly whole: boolean };

/** Calls that the desktop program answers itself; in a browser there are none of them. */
export interface ShellApi {
  "shell.state": [arg: None, value: { readonly platform: string; readonly wireshark: boolean }];
  /** Opens a case in this window if it has none yet, else in one of its own; null asks which. */
  "shell.openCase": [arg: { folder: string | null }, value: null];
  /** Asks for captures; what was chosen is offered as if it had been dropped. */
  "shell.chooseCaptures": [arg: None, value: null];
  /** Takes over the cases that the menu shows as recent, the latest first. */
  "shell.recent": [arg: { cases: readonly RecentCase[] }, value: null];
  /** Carves the packets of a session or finding and opens them in Wireshark. */
  "shell.openInWireshark": [arg: Packets, value: { readonly frames: number }];
  /** Asks for a file and carves the packets into it; `path` is null if it was thought better of. */
  "shell.savePackets": [arg: Packets, value: { readonly path: string | null; readonly frames: number }];
}

export type ShellMethod = keyof ShellApi;

const NOTHING = z.strictObject({});
const PACKETS = z.strictObject({ subject: SUBJECT, whole: z.boolean() });

export const SHELL_ARGS = {
  "shell.state": NOTHING,
  "shell.openCase": z.strictObject({ folder: PATH.nullable() }),
  "shell.chooseCaptures": NOTHING,
  "shell.recent": z.strictObject({
    cases: z.array(z.strictObject({ folder: PATH, name: z.string().max(1000) })).max(20),
  }),
  "shell.openInWireshark": PACKETS,
  "shell.savePackets": PACKETS,
} satisfies { [M in ShellMethod]: z.ZodType<ShellApi[M][0]> };

/** What the desktop program tells a page. */
export type ShellEvent =
  /** The desk changed: a capture was offered, an analysis went on, another case is open. */
  | { readonly kind: "desk" }
  /** Go to a place, as the text behind `#`. */
  | { readonly kind: "go"; readonly hash: string }
  /** A menu item that stands for a key of the window was chosen. */
  | { readonly kind: "key"; readonly key: string; readonly ctrl: boolean; readonly shift: boolean };
