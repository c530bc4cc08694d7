import { Command, CommanderError } from "commander";
import { BacktrailError } from "../contracts/result.ts";
import { faultText } from "../program/fault-text.ts";
import { TOOL } from "../engine/version.ts";
import { COMMANDS } from "./commands/index.ts";
import { clearProgress, noteAs } from "./terminal.ts";

/** Exit codes of every command. */
export const EXIT = { done: 0, usage: 2, failed: 3 } as const;

/**
 * Runs one command line, and says on standard error what went wrong.
 * @param args What follows the program's name.
 * @returns The exit code; undefined where nothing failed, so that a command's own (`process.exitCode`) stands.
 */
export async function run(args: readonly string[]): Promise<number | undefined> {
  const program = new Command("backtrail")
    .description("What was done to the backups, by whom, from where: told from captured packets.")
    .version(TOOL.version)
    .exitOverride()
    .configureHelp({ sortSubcommands: false })
    .addHelpText(
      "after",
      "\nExample:\n  backtrail analyze capture.pcapng\n\nEvery command has --help with an example.",
    );
  try {
    for (const command of await namedBy(args))
      program.addCommand(command.exitOverride().showHelpAfterError("(--help shows an example)"));
    await program.parseAsync(args, { from: "user" });
    return undefined;
  } catch (error) {
    clearProgress();
    return exitCodeOf(error);
  }
}

/** The commands that a command line may mean: one where it names one, none for the version, else all, for the help. */
function namedBy([first = ""]: readonly string[]): Promise<Command[]> {
  const named = Object.entries(COMMANDS).filter(([name]) => name === first);
  const wanted = named.length > 0 || VERSION.includes(first) ? named : Object.entries(COMMANDS);
  return Promise.all(wanted.map(([, load]) => load()));
}

const VERSION: readonly string[] = ["-V", "--version"];

function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
  if (error instanceof BacktrailError) {
    // A scope file may have several mistakes: a line for each.
    for (const [i, line] of error.message.split("\n").entries()) noteAs("error", i === 0 ? `backtrail: ${line}` : line);
    return error.kind === "usage" ? EXIT.usage : EXIT.failed;
  }
  const text = faultText(error);
  noteAs(
    "error",
    `backtrail: a fault in Backtrail itself stopped this command; the evidence and the journal are untouched. ${text}`,
  );
  return EXIT.failed;
}
