import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { crc32 } from "node:zlib";
import { initWasm, Resvg } from "@resvg/resvg-wasm";
import { drawnText } from "./pdf/figure-print.ts";
import { readFonts } from "./pdf/fonts.ts";
import { drawable } from "./pdf/printable.ts";

/** Pixels of the picture for one of the figure's. */
const SCALE = 2;

/** Most pixels of a side; a longer figure is drawn smaller. */
const LONGEST_SIDE = 16_000;

/**
 * A figure as PNG, in the fonts that came with the program. The same text gives the same octets on every machine.
 * @param svg A whole document with its size, as `standaloneSvg` makes it; nothing outside of it is read.
 * @param description Kept inside the file, as text that programs show as its description.
 */
export async function figurePng(svg: string, description: string): Promise<Uint8Array> {
  await rendererIsLoaded();
  const { files, characters } = readFonts();
  const [, width = "1", height = "1"] = /viewBox="0 0 ([\d.]+) ([\d.]+)"/.exec(svg) ?? [];
  const renderer = new Resvg(
    drawnText(svg, (text) => text.replace(/[^\n]+/g, (line) => drawable(line, characters))),
    {
      font: {
        fontBuffers: [...files],
        defaultFontFamily: "IBM Plex Sans",
        sansSerifFamily: "IBM Plex Sans",
        monospaceFamily: "IBM Plex Mono",
      },
      fitTo: { mode: "zoom", value: Math.min(SCALE, LONGEST_SIDE / Math.max(Number(width), Number(height))) },
      background: "#fff",
    },
  );
  const picture = renderer.render();
  const png = described(picture.asPng(), description);
  picture.free();
  renderer.free();
  return png;
}

let loaded: Promise<void> | null = null;

/** The renderer is a module of 2.5 MB: loaded when the first picture is asked for. */
function rendererIsLoaded(): Promise<void> {
  const { resolve } = createRequire(import.meta.url);
  loaded ??= initWasm(readFileSync(resolve("@resvg/resvg-wasm/index_bg.wasm")));
  return loaded;
}

/** Octets of a PNG's signature and its first chunk, IHDR. PNG (Third Edition) 5.2 and 11.2.1 */
const HEADER_LENGTH = 8 + 25;

/** Puts an iTXt chunk with the keyword "Description" behind the header. PNG (Third Edition) 11.3.3.4 */
function described(png: Uint8Array, description: string): Uint8Array {
  const content = Buffer.from(`iTXtDescription\0\0\0en\0\0${description}`, "utf8");
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(content.length - 4);
  check.writeUInt32BE(crc32(content));
  return Buffer.concat([png.subarray(0, HEADER_LENGTH), length, content, check, png.subarray(HEADER_LENGTH)]);
}
