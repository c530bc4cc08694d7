import { resolve } from "node:path";
import { makeSigningKey, readSigningKey } from "../../case/signing.ts";
import type { KeyOptions } from "../key-options.ts";
import { keyOptions, passphraseOf } from "../key-options.ts";
import { command, jsonOption } from "../options.ts";
import { print, printJson } from "../terminal.ts";

export function keyCommand() {
  const made = command(
    "key",
    "the investigator's key: make it, or show what others need of it",
    "backtrail key --new",
  ).option("--new", "make the key; one that is there is never written over");
  for (const option of keyOptions()) made.addOption(option);
  return made.addOption(jsonOption()).action((options: KeyOptions & { new?: boolean; json?: boolean }) => {
    const passphrase = passphraseOf(options);
    const key =
      options.new === true ? makeSigningKey(options.key, passphrase) : readSigningKey(options.key, passphrase);
    const { fingerprint, publicKey } = key;
    if (options.json === true) printJson({ key: resolve(options.key), fingerprint, publicKey });
    else print(`Key          ${resolve(options.key)}\nFingerprint  ${fingerprint}\n\n${publicKey}`);
  });
}
