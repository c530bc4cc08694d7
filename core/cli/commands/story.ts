import { openConflicts } from "../../case/merge-plan.ts";
import { visible } from "../../contracts/text-forms.ts";
import { storyOf } from "../../engine/story-of.ts";
import { withCase } from "../../engine/workspace.ts";
import { storyText } from "../../report/story-text.ts";
import { conflictLines } from "../conflict-text.ts";
import { caseOption, command, jsonOption } from "../options.ts";
import { isStyled, note, print, printJson, terminalWidth } from "../terminal.ts";

export function storyCommand() {
  return command("story", "the verdict, the chain, the findings", "backtrail story --case ./incident-7")
    .addOption(caseOption())
    .addOption(jsonOption())
    .action(async (options: { case: string; json?: boolean }) => {
      const { story, conflicts } = await withCase(options.case, async (opened) => {
        opened.notes.forEach(note);
        return { story: await storyOf(opened), conflicts: openConflicts(opened.journal.entries) };
      });
      if (options.json === true) return printJson(story);
      print(storyText(story, { width: terminalWidth(), styled: isStyled() }));
      if (conflicts.length > 0) print(`\n${conflictLines(conflicts).map(visible).join("\n")}\n`);
    });
}
