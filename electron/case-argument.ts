import { resolve } from "node:path";

/** The case folder among a process's arguments (the one behind `--case`), made absolute; null if none is given. */
export function caseArgument(argv: readonly string[], directory: string): string | null {
  const at = argv.indexOf("--case");
  const folder = at < 0 ? undefined : argv[at + 1];
  return folder === undefined || folder.startsWith("-") ? null : resolve(directory, folder);
}
