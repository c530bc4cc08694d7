import { noteSpan } from "../../contracts/annotations.ts";
import { visible } from "../../contracts/text-forms.ts";
import type { ExportModel } from "./export.ts";
import { fitting } from "./words.ts";

/** A note that is pinned to a moment, as timelines tell it. */
export interface NoteEvent {
  readonly ts: string;
  readonly type: "Note Start" | "Note End";
  readonly text: string;
  /** Finding that it is about; null for a span of time. */
  readonly finding: string | null;
  readonly by: string;
  /** When it was written, ISO 8601 UTC. */
  readonly written: string;
}

/** Notes on findings and on spans of time, in the order in which they were written; others have no place in a timeline. */
export function noteEvents({ report, findings }: ExportModel, longest: number): NoteEvent[] {
  return report.notes.flatMap((note): NoteEvent[] => {
    const span = noteSpan(note, findings);
    if (span === null) return [];
    const finding = note.object.startsWith("finding:") ? note.object.slice("finding:".length) : null;
    const about = finding === null ? "" : ` on ${finding}`;
    const text = fitting(visible(`Note${about} by ${note.by}: ${note.text}`), longest);
    const event = { text, finding, by: note.by, written: note.at };
    const start: NoteEvent = { ...event, ts: span.from, type: "Note Start" };
    return finding !== null || span.to === span.from ? [start] : [start, { ...event, ts: span.to, type: "Note End" }];
  });
}
