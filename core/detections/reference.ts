import type { Detection } from "./detection.ts";

/** The reference page of detections (docs/detections.md) as Markdown: the same detections give the same text. */
export function detectionsReference(detections: readonly Detection[]): string {
  const phases = [...new Set(detections.map(({ phase }) => phase))];
  const counted = phases.map(
    (phase) => `${phase} (${detections.filter((detection) => detection.phase === phase).length})`,
  );
  const parts = [
    "# Detections",
    "",
    "Generated from `core/detections`; do not edit. Each detection is a query over the records and a sentence that says what was seen.",
    "Severity and confidence are defaults: a finding says in its adjustments why its own differ. Parameters can be changed in the scope file",
    "([scope.md](scope.md)), and so can what is expected be allowed. `backtrail detections --json` gives all of this to programs.",
    "",
    `${detections.length} detections: ${counted.join(", ")}.`,
    "",
    "| id | title | phase | ATT&CK | severity |",
    "| --- | --- | --- | --- | --- |",
    ...detections.map(
      ({ id, title, phase, attack, severity }) =>
        `| [${id}](#${anchor(id)}) | ${cell(title)} | ${phase} | ${attack.join(", ")} | ${severity} |`,
    ),
    "",
    ...detections.flatMap(section),
  ];
  return `${parts.join("\n").trimEnd()}\n`;
}

function section(detection: Detection): string[] {
  const {
    id,
    title,
    phase,
    attack,
    severity,
    confidence,
    basis,
    needs,
    learningDays,
    parameters,
    falsePositives,
    blindTo,
    references,
  } = detection;
  const settings = Object.entries(parameters).map(([name, value]) => `\`${name}\` = ${value}`);
  const baseline =
    learningDays > 0
      ? ` It learns what is usual from the first ${learningDays} days and is not evaluated on shorter evidence.`
      : "";
  return [
    `<a id="${anchor(id)}"></a>`,
    "",
    `## ${id} ${title}`,
    "",
    `- **Phase:** ${phase}; **ATT&CK:** ${attack.join(", ")}; **severity:** ${severity}; **confidence:** ${confidence}; **basis:** ${basis}`,
    `- **Needs:** ${needs.map((need) => `\`${need.replaceAll("|", "` or `")}\``).join(", ")}.${baseline}`,
    ...(settings.length > 0 ? [`- **Parameters:** ${settings.join(", ")}`] : []),
    `- **Says:** ${detection.explanation}`,
    `- **Can be mistaken for it:** ${falsePositives.join("; ")}`,
    ...(blindTo.length > 0 ? [`- **Does not see:** ${blindTo.map(({ text }) => text).join("; ")}`] : []),
    `- **References:** ${references.join(", ")}`,
    "",
  ];
}

function anchor(id: string): string {
  return id.toLowerCase();
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}
