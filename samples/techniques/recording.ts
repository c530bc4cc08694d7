import type { Recording } from "../scenario/record.ts";
import type { Technique } from "./technique.ts";

/** A technique as `<path>.pcapng` and `<path>.truth.json`. */
export function techniqueRecording(technique: Technique, path: string, seed: string): Recording {
  const recipe = { scenario: technique.name, about: technique.shows, seed, sizeOctets: 0 };
  return { path: `${path}.pcapng`, truthPath: `${path}.truth.json`, recipe, play: (stage) => technique.play(stage) };
}
