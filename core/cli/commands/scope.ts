import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BacktrailError } from "../../contracts/result.ts";
import { storyText } from "../../report/story-text.ts";
import { changeScope, estateAsScope, readScopeText } from "../../engine/case-scope.ts";
import { storyOf } from "../../engine/story-of.ts";
import { withCase } from "../../engine/workspace.ts";
import { caseOption, command, jsonOption } from "../options.ts";
import { isStyled, note, print, printJson, terminalWidth } from "../terminal.ts";

interface ScopeOptions {
  readonly case: string;
  readonly edit?: boolean;
  readonly set?: string;
  readonly json?: boolean;
}

export function scopeCommand() {
  return command(
    "scope",
    "the backup estate: inferred and confirmed",
    "backtrail scope --case ./incident-7 --set estate.yaml",
  )
    .addOption(caseOption())
    .option("--edit", "open it in $VISUAL or $EDITOR, then find estate and findings anew")
    .option("--set <file>", "take this scope file, then find estate and findings anew")
    .addOption(jsonOption())
    .action(async (options: ScopeOptions) => {
      if (options.edit === true && options.set !== undefined)
        throw new BacktrailError("usage", "Give one of --edit and --set.");
      await withCase(options.case, async (opened) => {
        opened.notes.forEach(note);
        if (options.set === undefined && options.edit !== true) {
          if (options.json === true) printJson((await storyOf(opened)).estate);
          else print(await estateAsScope(opened));
          return;
        }
        const text = options.set === undefined ? edited(await estateAsScope(opened)) : readScopeText(options.set);
        const story = await changeScope(opened, text, options.set ?? "scope.yaml");
        if (options.json === true) printJson(story);
        else print(storyText(story, { width: terminalWidth(), styled: isStyled() }));
      });
    });
}

/** What is left of a text after the person's editor had it. */
function edited(text: string): string {
  const editor = process.env["VISUAL"] ?? process.env["EDITOR"];
  if (editor === undefined || editor === "") {
    throw new BacktrailError("no-editor", "No editor is set: set EDITOR, or write a file and give it with --set.");
  }
  const folder = mkdtempSync(join(tmpdir(), "backtrail-scope-"));
  const path = join(folder, "scope.yaml");
  try {
    writeFileSync(path, text);
    const result = spawnSync(editor, [path], { stdio: "inherit", shell: true });
    if (result.status !== 0)
      throw new BacktrailError("editor-failed", `The editor (${editor}) ended with an error: the scope is unchanged.`);
    return readFileSync(path, "utf8");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
