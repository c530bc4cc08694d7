import { storyOf } from "../../engine/story-of.ts";
import { withCase } from "../../engine/workspace.ts";
import { storyText } from "../../report/story-text.ts";
import { caseOption, command, jsonOption } from "../options.ts";
import { isStyled, note, print, printJson, terminalWidth } from "../terminal.ts";

export function storyCommand() {
  return command("story", "the verdict, the chain, the findings", "backtrail story --case ./incident-7")
    .addOption(caseOption())
    .addOption(jsonOption())
    .action(async (options: { case: string; json?: boolean }) => {
      const story = await withCase(options.case, (opened) => {
        opened.notes.forEach(note);
        return storyOf(opened);
      });
      if (options.json === true) printJson(story);
      else print(storyText(story, { width: terminalWidth(), styled: isStyled() }));
    });
}
