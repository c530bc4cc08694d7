import { InvalidArgumentError } from "commander";
import { countOf, octetsText, visible } from "../../contracts/text-forms.ts";
import { evaluate } from "../../engine/evaluate.ts";
import type { GivenManifest, ManifestComparison, PathMapping } from "../../engine/manifests.ts";
import { addManifests, compareManifests } from "../../engine/manifests.ts";
import type { FullVerification } from "../../engine/verify-case.ts";
import { verifyWhole } from "../../engine/verify-case.ts";
import { withCase } from "../../engine/workspace.ts";
import { BacktrailError } from "../../contracts/result.ts";
import { caseOption, command, jsonOption } from "../options.ts";
import { clearProgress, note, print, printJson, progressLine } from "../terminal.ts";

interface VerifyOptions {
  readonly case: string;
  readonly manifest?: readonly string[];
  readonly mapPath?: readonly PathMapping[];
  readonly deep?: boolean;
  readonly json?: boolean;
}

/** Comparisons that are printed; --json has more. */
const MOST_PRINTED = 200;

export function verifyCommand() {
  return command(
    "verify",
    "check evidence, journal, signatures, reports and the frames behind findings; compare archives with manifests",
    "backtrail verify --case ./incident-7 --manifest SHA256SUMS",
  )
    .addOption(caseOption())
    .option(
      "--manifest <file...>",
      "lists of what archives should be (sha256sum, hashdeep, AIDE, ...; docs/manifests.md): taken into the case and compared; exit code 1 if something differs",
    )
    .option(
      "--map-path <from=to>",
      "a path of the manifests and what it is on the wire (D:\\Backup=//nas/backup); may be repeated",
      addMapping,
    )
    .option("--deep", "also analyse the evidence again and compare every record and finding (as long as the analysis)")
    .addOption(jsonOption())
    .action(async (options: VerifyOptions) => {
      const { manifest: paths = [] } = options;
      const result = await withCase(options.case, async (opened) => {
        opened.notes.forEach(note);
        if (paths.length > 0 && opened.isReadOnly)
          throw new BacktrailError(
            "read-only",
            "The case can only be read: copy it to a folder of yours to compare manifests.",
          );
        const given = await addManifests(opened, paths, options.mapPath);
        // What a new manifest says makes findings of its own.
        if (given.some(({ isNew }) => isNew)) await evaluate(opened);
        const compared = paths.length === 0 ? null : await compareManifests(opened);
        const verified = await verifyWhole(opened, {
          ...(options.deep === true ? { deep: { progress: progressLine() } } : {}),
          progress: (path, octets) => {
            if (process.stderr.isTTY) process.stderr.write(`\r\u001b[2Khashing ${path}: ${octetsText(octets)}`);
          },
        });
        return compared === null ? verified : { ...verified, given, ...compared };
      });
      if (process.stderr.isTTY) process.stderr.write("\r\u001b[2K");
      clearProgress();
      if (options.json === true) {
        printJson(result);
      } else {
        print(verificationText(result));
        if ("counts" in result) printManifests(result.given, result);
      }
      if (!result.ok) process.exitCode = 3;
      else if ("counts" in result && result.counts.different > 0) process.exitCode = 1;
    });
}

function addMapping(value: string, before: readonly PathMapping[] = []): readonly PathMapping[] {
  const [, from, to] = /^([^=]+)=(.+)$/.exec(value) ?? [];
  if (from === undefined || to === undefined)
    throw new InvalidArgumentError("It must be two paths with = between them, as D:\\Backup=//nas/backup.");
  return [...before, { from, to }];
}

function printManifests(given: readonly GivenManifest[], { counts, notSeen, comparisons }: ManifestComparison): void {
  print("\n");
  for (const { path, format, entries, passedOver, generated, isNew } of given) {
    const words = [
      format,
      countOf(entries, "entry", "entries"),
      `of ${timeText(generated)}`,
      ...(passedOver > 0 ? [`${countOf(passedOver, "line")} passed over`] : []),
      ...(isNew ? [] : ["in the case before"]),
    ];
    print(`${visible(`manifest   ${path}: ${words.join(", ")}`)}\n`);
  }
  const shown = comparisons.slice(0, MOST_PRINTED);
  const width = Math.max(14, ...shown.map(({ verdict }) => verdict.length));
  for (const one of shown) {
    const place = `${one.share === null ? "" : `${one.share} `}${one.object}`;
    const did = `${one.direction === "read" ? "read" : "written"} ${timeText(one.ts)} by ${one.actor ?? "?"} on ${one.client}`;
    print(
      `${visible(`${one.verdict.padEnd(width)} ${one.entry} (line ${one.line}): ${place} on ${one.server}, ${did}`)}\n`,
    );
    if (one.why !== null) print(`${" ".repeat(width)} ${visible(one.why)}\n`);
    else if (one.verdict !== "same")
      print(
        `${" ".repeat(width)} ${one.algorithm ?? ""} listed ${one.listed ?? ""}\n${" ".repeat(width)} ${" ".repeat(one.algorithm?.length ?? 0)} found  ${one.found ?? ""}\n`,
      );
  }
  if (comparisons.length > shown.length)
    print(`... and ${comparisons.length - shown.length} more (--json lists them)\n`);
  print(
    `${counts.same} same, ${counts.different} different, ${counts["older manifest"]} written after the list was made, ${counts["not comparable"]} not comparable; ` +
      `of ${countOf(notSeen, "listed file")} nothing was seen.\n`,
  );
}

/** "2024-03-01 02:00:00Z". */
function timeText(ns: string): string {
  return new Date(Number(BigInt(ns) / 1_000_000n))
    .toISOString()
    .replace("T", " ")
    .replace(/\.\d+Z$/, "Z");
}

/** A line for each thing that was checked, the verdict last. */
function verificationText(result: FullVerification): string {
  const lines: string[] = [];
  const say = (what: string, state: string, text: string, difference: string | null = null) =>
    lines.push(`${what.padEnd(11)} ${state.padEnd(11)} ${text}${difference === null ? "" : `: ${difference}`}`);
  for (const { number, path, state, difference } of result.evidence) say(`capture ${number}`, state, path, difference);
  const { journal, frames, again } = result;
  if (journal.ok) say("journal", "intact", `${journal.entries} entries, head ${journal.head}`);
  else say("journal", "broken", `line ${journal.firstBad?.line ?? 0}`, journal.firstBad?.reason ?? "");
  for (const { kind, over, ok, by, difference } of result.seals)
    say(kind, ok ? "holds" : "DOES NOT HOLD", `${over}, ${kind === "signature" ? "key" : "at"} ${by}`, difference);
  for (const { journal: other, entries, fork, ok, difference, seals, openConflicts } of result.merges) {
    const conflicts = openConflicts === 0 ? "" : `, ${countOf(openConflicts, "open conflict")}`;
    say(
      "merge",
      ok ? "holds" : "DOES NOT HOLD",
      `${other}, ${entries} entries, one with ours up to ${fork}${conflicts}`,
      difference,
    );
    for (const seal of seals)
      say(
        "",
        seal.ok ? "holds" : "DOES NOT HOLD",
        `there: ${seal.kind} over ${seal.over}, ${seal.by}`,
        seal.difference,
      );
  }
  for (const { path, file, again: made, reason } of result.reports) {
    const state =
      file === "changed" || made === "different" ? "DIFFERENT" : made === "same" ? "made again" : "not made";
    say("report", state, `${path} (file ${file === "same" ? "as it was written" : file})`, reason);
  }
  if (frames !== null) {
    const state = frames.wrongCount === 0 ? "there" : "WRONG";
    const read = `${frames.frames} frames read for ${frames.records} records of ${frames.findings} findings`;
    say("frames", state, frames.deleted === 0 ? read : `${read}; ${frames.deleted} more lay in deleted segments`);
    for (const sentence of frames.wrong) say("", "", sentence);
  }
  if (again !== null) {
    const text = `${again.records} records and ${again.findings} findings from the captures`;
    say("derived", again.ok ? "the same" : "DIFFERENT", text);
    for (const sentence of again.differences) say("", "", sentence);
  }
  lines.push(result.ok ? "Everything is as it was when it was read." : "Not everything is as it was: see above.");
  return `${lines.join("\n")}\n`;
}
