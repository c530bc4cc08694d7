// Prints which findings came how long after each step of scripts/rehearsal.sh, against what was expected.
//   node scripts/rehearsal-table.js STEPS TOLD
import { readFileSync } from "node:fs";

const [, , stepsPath, toldPath] = process.argv;
const lines = (path) => readFileSync(path, "utf8").split("\n").filter(Boolean);
const steps = lines(stepsPath).map((line) => {
  const [from, to, expected, what] = line.split("\t");
  return { from: Number(from), to: Number(to), expected: expected.split(" ").filter(Boolean), what };
});
const findings = lines(toldPath).flatMap((line) => {
  const at = Number(line.slice(0, line.indexOf(" ")));
  const said = JSON.parse(line.slice(line.indexOf(" ") + 1));
  return said.kind === "finding" ? [{ at, ...said.finding, ms: Number(BigInt(said.finding.tsFirst) / 1000000n) }] : [];
});

/** The step during which a finding's first packet came, or after which, before the next. */
const stepOf = ({ ms }) => steps.findLast(({ from }) => ms >= from - 500);

console.log("| step | expected | found, seconds after the step's end | missing |\n|---|---|---|---|");
for (const step of steps) {
  const own = findings.filter((finding) => stepOf(finding) === step);
  const first = new Map();
  for (const { detection, severity, at } of own)
    if (!first.has(detection)) first.set(detection, `${detection} ${severity} ${((at - step.to) / 1000).toFixed(1)}`);
  const missing = step.expected.filter((id) => !first.has(id));
  console.log(
    `| ${step.what} | ${step.expected.join(", ") || "nothing"} | ${[...first.values()].join("; ") || "nothing"} | ${missing.join(", ")} |`,
  );
}
