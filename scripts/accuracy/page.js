import { sameTechnique } from "./labels.js";
import { isSevere } from "./measure.js";

const percent = (part, whole) => (whole === 0 ? "-" : `${((100 * part) / whole).toFixed(1)} %`);
const table = (head, rows) =>
  [
    `| ${head.join(" | ")} |`,
    `|${head.map(() => "---").join("|")}|`,
    ...rows.map((row) => `| ${row.join(" | ")} |`),
  ].join("\n");
const cell = (text) => text.replaceAll("|", "\\|").replaceAll("\n", " ");
const short = (path) => path.replace(/^(attack|benign)\//, "");

/**
 * One attack capture's result: which labelled techniques a finding names.
 * `isFound` is null where the label itself doubts every technique.
 */
export function judge(capture, { findings }) {
  const named = new Set(findings.flatMap(({ attack }) => attack));
  const wanted = capture.techniques.filter(({ isShown }) => isShown).map(({ id }) => id);
  const met = wanted.filter((id) => [...named].some((found) => sameTechnique(id, found)));
  return { wanted, met, isFound: wanted.length === 0 ? null : met.length > 0 };
}

/** The measured part of docs/accuracy.md. */
export function accuracyPage(attacks, benign, scenarios, ledger) {
  const judged = attacks.map(({ capture, result }) => ({ capture, result, ...judge(capture, result) }));
  const counted = judged.filter(({ isFound }) => isFound !== null);
  const hidden = counted.filter(
    ({ isFound, capture }) => !isFound && ledger.misses[capture.path]?.evidence === "absent",
  );
  const found = counted.filter(({ isFound }) => isFound);
  const parts = ["### Attack captures", ""];
  parts.push(
    `${found.length} of ${counted.length} labelled attack captures (${percent(found.length, counted.length)}) give a finding with a labelled technique;`,
    `leaving out ${hidden.length} whose packets do not hold the evidence (listed with the proof), ${percent(found.length, counted.length - hidden.length)}.`,
    "",
    "### Recall by technique",
    "",
  );
  const techniques = new Map();
  for (const { wanted, met } of counted)
    for (const id of wanted) {
      const entry = techniques.get(id) ?? { all: 0, met: 0 };
      entry.all++;
      if (met.includes(id)) entry.met++;
      techniques.set(id, entry);
    }
  parts.push(
    table(
      ["technique", "captures", "found", "recall"],
      [...techniques].sort().map(([id, { all, met }]) => [id, all, met, percent(met, all)]),
    ),
    "",
    "### Every attack capture",
    "",
    table(
      ["capture", "labelled", "found", "not found", "findings", "high"],
      judged.map(({ capture, wanted, met, result }) => [
        `\`${short(capture.path)}\``,
        capture.techniques.map(({ id, isShown }) => (isShown ? id : `${id}?`)).join(" "),
        met.join(" ") || "-",
        wanted.filter((id) => !met.includes(id)).join(" ") || "-",
        result.findings.length,
        result.findings.filter(isSevere).length,
      ]),
    ),
    "",
    "### Misses",
    "",
  );
  const missed = counted.filter(({ isFound }) => !isFound);
  parts.push(
    missed.length === 0
      ? "None."
      : table(
          ["capture", "labelled", "why"],
          missed.map(({ capture, wanted }) => [
            `\`${short(capture.path)}\``,
            wanted.join(" "),
            cell(ledger.misses[capture.path]?.reason ?? "**not explained**"),
          ]),
        ),
    "",
    "### Benign captures",
    "",
  );
  const read = benign.filter(({ result }) => result.refused === null);
  const sessions = read.reduce((sum, { result }) => sum + result.sessions, 0);
  const all = read.flatMap(({ result }) => result.findings);
  const withHigh = read.filter(({ result }) => result.findings.some(isSevere));
  const bySeverity = ["critical", "high", "medium", "low"].map(
    (name) => all.filter(({ severity }) => severity === name).length,
  );
  parts.push(
    `${read.length} benign captures with ${sessions} sessions: ${all.length} findings (${((1000 * all.length) / Math.max(1, sessions)).toFixed(2)} per 1,000 sessions;`,
    `critical ${bySeverity[0]}, high ${bySeverity[1]}, medium ${bySeverity[2]}, low ${bySeverity[3]}), in ${read.filter(({ result }) => result.findings.length > 0).length} captures;`,
    `${withHigh.length} captures (${percent(withHigh.length, read.length)}, aim 0.5 %) have a finding of high severity. ${benign.length - read.length} files were refused as no capture.`,
    "",
    all.length === 0
      ? ""
      : table(
          ["capture", "severity", "detection", "what it says", "why"],
          read.flatMap(({ capture, result }) =>
            result.findings.map((finding) => [
              `\`${short(capture.path)}\``,
              finding.severity,
              finding.detection,
              cell(finding.explanation.slice(0, 240)),
              cell(ledger.alarms[`${capture.path} ${finding.detection}`] ?? "**not explained**"),
            ]),
          ),
        ),
  );
  parts.push(
    "",
    "### The sample incident and its variants",
    "",
    'A step counts as found if a finding names its technique between its hosts within half an hour of it; "high outside" are findings of high',
    "severity that belong to no step of the intrusion.",
    "",
    table(
      ["variant", "seed", "steps", "found", "in order", "high outside", "not found"],
      scenarios.map(({ name, seed, steps, outside, isInOrder }) => [
        `\`${name}\``,
        seed,
        steps.length,
        steps.filter(({ found }) => found).length,
        isInOrder ? "yes" : "no",
        outside.length,
        steps
          .filter(({ found }) => !found)
          .map(({ id }) => id)
          .join(", ") || "-",
      ]),
    ),
  );
  return parts.join("\n");
}
