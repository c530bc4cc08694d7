/**
 * One label of the corpus's manifest: "T1047;+T1016;T1203? | phrase | basis".
 * @returns {{ techniques: { id: string, isShown: boolean }[], phrase: string }} `isShown` is false where the label itself doubts
 * that the traffic shows the technique.
 */
export function readLabel(label) {
  const [ids = "", phrase = ""] = label.split(" | ");
  const techniques = ids
    .split(";")
    .map((text) => /^\+?(T\d{4}(?:\.\d{3})?)(\?)?$/.exec(text.trim()))
    .filter((match) => match !== null)
    .map((match) => ({ id: match[1], isShown: match[2] === undefined }));
  return { techniques, phrase };
}

/** Whether two ATT&CK ids name the same technique, or one is the other's parent ("T1021" and "T1021.002"). */
export function sameTechnique(a, b) {
  return a === b || a.startsWith(`${b}.`) || b.startsWith(`${a}.`);
}

/** The captures of a folder of the corpus with their labels, by path. */
export function labelled(manifest, folder) {
  const [head = "", ...lines] = manifest.trimEnd().split("\n");
  const at = Object.fromEntries(head.split("\t").map((name, index) => [name, index]));
  return lines
    .map((line) => line.split("\t"))
    .filter((cells) => cells[at.path]?.startsWith(`${folder}/`) && cells[at.link_type] !== "-")
    .map((cells) => ({ path: cells[at.path], sha256: cells[at.sha256], ...readLabel(cells[at.label] ?? "") }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}
