import type { Html } from "./html.ts";

/** A part of the report: its anchor, heading and content; null content leaves it out. */
export interface Section {
  readonly id: string;
  readonly title: string;
  readonly content: Html | null;
}
