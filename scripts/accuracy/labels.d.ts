/** A technique of a label; `isShown` is false where the label itself doubts it. */
export interface LabelledTechnique {
  readonly id: string;
  readonly isShown: boolean;
}
export interface Label {
  readonly techniques: readonly LabelledTechnique[];
  readonly phrase: string;
}
export function readLabel(label: string): Label;
export function sameTechnique(a: string, b: string): boolean;
export function labelled(manifest: string, folder: string): readonly (Label & { path: string; sha256: string })[];
