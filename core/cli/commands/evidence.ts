import { visible } from "../../contracts/text-forms.ts";
import { evaluate } from "../../engine/evaluate.ts";
import type { HeldCapture } from "../../engine/hold-evidence.ts";
import { heldEvidence, holdEvidence } from "../../engine/hold-evidence.ts";
import { withCase } from "../../engine/workspace.ts";
import { caseOption, command, jsonOption } from "../options.ts";
import { note, print, printJson } from "../terminal.ts";

interface EvidenceOptions {
  readonly case: string;
  readonly copy?: boolean;
  readonly json?: boolean;
}

export function evidenceCommand() {
  return command(
    "evidence",
    "the captures of a case: referred to or copied, and how the copies are kept from being changed",
    "backtrail evidence --case ./incident-7 --copy",
  )
    .addOption(caseOption())
    .option("--copy", "copy the captures into the case, write-once where the file system allows (docs/custody.md)")
    .addOption(jsonOption())
    .action(async (options: EvidenceOptions) => {
      const held = await withCase(options.case, async (opened) => {
        opened.notes.forEach(note);
        if (options.copy !== true) return heldEvidence(opened);
        const before = opened.ledger.entries.length > 0 ? heldEvidence(opened) : [];
        const after = await holdEvidence(opened);
        // The story names captures by their places.
        if (before.some(({ path }, i) => path !== after[i]?.path)) await evaluate(opened);
        return after;
      });
      if (options.json === true) printJson(held);
      else print(held.map((capture) => `${heldText(capture).map(visible).join("\n")}\n`).join(""));
    });
}

const WORDS: Readonly<Record<HeldCapture["held"], string>> = {
  original: "original, referred to where it lies",
  copy: "copy in the case",
  recorded: "recorded into the case",
  gone: "read from a pipe, no file",
};

/** What is said of a capture, a line each. */
export function heldText({ number, path, sha256, held, original, protection }: HeldCapture): string[] {
  const { kind, why } = protection;
  const lines = [`capture ${number}  ${path}`, `           SHA-256 ${sha256 === "" ? "unknown" : sha256}`];
  lines.push(`           ${WORDS[held]}${original === null ? "" : `, of ${original}`}`);
  if (held === "copy")
    lines.push(
      `           ${kind === "none" ? "NOT protected" : `write-once: ${kind}`}${why === null ? "" : `, ${why}`}`,
    );
  return lines;
}
