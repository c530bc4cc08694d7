import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fontCharacters } from "./font-characters.ts";

const FACES = [
  "ibm-plex-sans/400Regular/IBMPlexSans_400Regular.ttf",
  "ibm-plex-sans/400Regular_Italic/IBMPlexSans_400Regular_Italic.ttf",
  "ibm-plex-sans/600SemiBold/IBMPlexSans_600SemiBold.ttf",
  "ibm-plex-mono/400Regular/IBMPlexMono_400Regular.ttf",
  "ibm-plex-mono/600SemiBold/IBMPlexMono_600SemiBold.ttf",
] as const;

/** Fonts of the PDF, and the characters that at least one of them can show. */
export interface Fonts {
  readonly files: readonly Buffer[];
  readonly characters: ReadonlySet<number>;
}

/** Reads the fonts that came with the program; no font of the machine is used, so that every machine sets the same pages. */
export function readFonts(): Fonts {
  const { resolve } = createRequire(import.meta.url);
  const files = FACES.map((face) => readFileSync(resolve(`@expo-google-fonts/${face}`)));
  const characters = new Set<number>();
  for (const file of [files[0]!, files[3]!]) for (const character of fontCharacters(file)) characters.add(character);
  return { files, characters };
}
