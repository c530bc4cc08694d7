import { readFileSync } from "node:fs";
import { Option } from "commander";
import { BacktrailError } from "../contracts/result.ts";
import { configFile } from "./config-folder.ts";

/** Where a passphrase may stand instead of in a file. */
const PASSPHRASE_VARIABLE = "BACKTRAIL_PASSPHRASE";

/** `--key` and `--passphrase-file`. */
export interface KeyOptions {
  readonly key: string;
  readonly passphraseFile?: string;
}

export function keyOptions(): Option[] {
  return [
    new Option("--key <file>", "the investigator's key").env("BACKTRAIL_KEY").default(configFile("investigator.key")),
    new Option(
      "--passphrase-file <file>",
      `the key's passphrase is its first line (or: variable ${PASSPHRASE_VARIABLE})`,
    ),
  ];
}

/** The passphrase that was given; undefined if none was. */
export function passphraseOf({ passphraseFile }: KeyOptions): string | undefined {
  if (passphraseFile === undefined) return process.env[PASSPHRASE_VARIABLE];
  try {
    return readFileSync(passphraseFile, "utf8").split(/\r?\n/)[0];
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new BacktrailError("no-passphrase", `${passphraseFile} cannot be read (${reason}): check the path.`, {
      cause: error,
    });
  }
}
