import type { Detection } from "./detection.ts";

/** Ids of the project's catalogue: each has a detection. */
export const CATALOGUE_IDS = 231;

/** Detections of our own: the catalogue of ids that the others are from has no entry for them. */
export const OWN_DETECTIONS: readonly string[] = [
  "BT-IA-025",
  "BT-IA-026",
  "BT-IA-027",
  ...["019", "020", "021", "022", "023", "024", "025"].map((number) => `BT-DI-${number}`),
  "BT-CA-024",
  "BT-CA-025",
  "BT-CA-026",
  "BT-CA-027",
  "BT-CA-028",
  ...["027", "028", "029", "030", "031", "032", "033", "034"].map((number) => `BT-LM-${number}`),
  "BT-AD-019",
  "BT-AD-020",
  "BT-AD-021",
  "BT-C2-016",
  "BT-TI-043",
  "BT-BL-010",
];

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
    "Severity and confidence are defaults: a finding says in its adjustments why its own differ. What was asked for and refused counts less: lateral movement,",
    "administration, collection and exfiltration at most medium, tampering at most high. Parameters can be changed in the scope file",
    "([scope.md](scope.md)), and so can what is expected be allowed. `backtrail detections --json` gives all of this to programs.",
    "",
    "In a sentence, `{name}` stands for what the finding fills in, and `{created|to create}` for an act by what came of it: done, or only asked for where it was refused, not answered, or answered in a",
    "sealed call that nobody can read. What follows can show that it was done all the same: a console or a pipe of the service, a file that the command wrote and that was fetched. Where a detection knows",
    "several kinds of one act, a finding names what its own kind can be mistaken for.",
    "",
    `${detections.length} detections: ${counted.join(", ")}. Ids are those of the project's catalogue of ${CATALOGUE_IDS}, but for ${OWN_DETECTIONS.length} of our own: ${OWN_DETECTIONS.join(", ")}.`,
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
    ...(OWN_DETECTIONS.includes(id) ? ["- **Of our own:** the catalogue has no entry for it"] : []),
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
