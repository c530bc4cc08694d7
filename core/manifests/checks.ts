import type { Manifest } from "./manifest.ts";
import { PLAIN } from "./manifest.ts";

/** `borg check` as text. No form of it is documented: what does not say plainly that all is well or not is neither. */
export function readBorgCheck(text: string): Manifest | null {
  if (!/Starting (?:full |partial )?(?:repository|archive consistency) check/i.test(text.slice(0, 65_536))) return null;
  const bad = text
    .split(/\r?\n/)
    .filter(
      (line) =>
        /\b(?:errors? (?:found|reported)|corrupt|missing|integrity error|failed)\b/i.test(line) &&
        !/no problems/i.test(line),
    );
  const isClean = /no problems found/i.test(text);
  const isGood = bad.length > 0 ? false : isClean ? true : null;
  const words = bad[0]?.trim() ?? (isClean ? "no problems found" : null);
  return { ...PLAIN, format: "borg check", tool: "Borg", entries: [], check: { isGood, errors: bad.length, words } };
}

/** Report of Veeam Backup Validator as XML: a result for each file. Only its results are read. */
export function readVeeamValidator(text: string): Manifest | null {
  if (
    !/^\s*<(?:\?xml|Report)/.test(text) ||
    !/<(?:Parameters?|ResultInfo|Report)\b/.test(text) ||
    !/Valida/i.test(text)
  )
    return null;
  const results = [...text.matchAll(/(?:Result|Status)(?:="([^"]{1,64})"|>([^<]{1,64})<)/g)].map(
    (found) => found[1] ?? found[2]!,
  );
  const bad = results.filter((result) => /fail|error|corrupt/i.test(result));
  const isGood = results.length === 0 ? null : bad.length === 0;
  const check = { isGood, errors: bad.length, words: bad[0] ?? results[0] ?? null };
  return { ...PLAIN, format: "Veeam Backup Validator", tool: "Veeam", entries: [], check };
}
