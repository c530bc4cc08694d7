import { annotationsOf } from "../../case/annotations.ts";
import type { Case } from "../../case/case.ts";
import type { Note } from "../../contracts/annotations.ts";
import { ARGS } from "../../contracts/api.ts";
import { BacktrailError } from "../../contracts/result.ts";
import { addNote, removeNote } from "../../engine/annotate.ts";
import { withCase } from "../../engine/workspace.ts";
import { caseOption, command, jsonOption, positive } from "../options.ts";
import { note, print, printJson, tableText } from "../terminal.ts";

interface NoteOptions {
  readonly case: string;
  readonly on?: string;
  readonly remove?: number;
  readonly json?: boolean;
}

export function noteCommand() {
  return command(
    "note",
    "the investigator's notes: list them, write one, or take one back; they stand in the journal and the report",
    'backtrail note --case ./incident-7 --on finding:F-275f3d60e1b9 "asked the administrator: no maintenance that night"',
  )
    .addOption(caseOption())
    .argument("[text]", "what to note; without it, the notes are listed")
    .option(
      "--on <object>",
      "what it is about: finding:ID, session:UID, host:ADDRESS, range:FROM-TO (ns since 1970 UTC), or case (the default)",
    )
    .option("--remove <entry>", "take back the note of this journal entry", positive)
    .addOption(jsonOption())
    .action(async (text: string | undefined, options: NoteOptions) => {
      refuseMixed(text, options);
      const notes = await withCase(options.case, (opened) => {
        opened.notes.forEach(note);
        return does(opened, text, options);
      });
      if (options.json === true) printJson(notes);
      else print(notes.length === 0 ? "No notes.\n" : notesText(notes));
    });
}

function refuseMixed(text: string | undefined, { on, remove }: NoteOptions): void {
  if (remove !== undefined && (text !== undefined || on !== undefined))
    throw new BacktrailError("usage", "--remove takes a note back: leave the text and --on out.");
  if (text === undefined && on !== undefined)
    throw new BacktrailError("usage", "Say what to note: the text stands behind the options.");
  if (text !== undefined && !ARGS["note.add"].shape.text.safeParse(text).success)
    throw new BacktrailError("usage", "A note has 1 to 10,000 characters.");
}

/** @returns the notes that hold afterwards. */
async function does(opened: Case, text: string | undefined, { on, remove }: NoteOptions): Promise<readonly Note[]> {
  if (remove !== undefined) return removeNote(opened, remove);
  if (text !== undefined) return addNote(opened, on ?? "case", text.trim());
  return Promise.resolve(annotationsOf(opened.journal.entries).notes);
}

function notesText(notes: readonly Note[]): string {
  return tableText(
    ["entry", "when (UTC)", "by", "about", "note"],
    notes.map(({ entry, at, by, object, text }) => [String(entry), at, by, object, text]),
  );
}
