import type { Svg } from "./svg.ts";
import { element } from "./svg.ts";
import { textWidth } from "./text-width.ts";

const MARGIN = 16;
const LINE = 16;
const SIZE = 11.5;
const FONT = "system-ui, 'Segoe UI', Roboto, 'Liberation Sans', Arial, sans-serif";

/** A figure of the window as it is saved. */
export interface Captioned {
  /** An `svg` element with width and height of its own and nothing that depends on a style sheet. */
  readonly figure: Svg;
  readonly width: number;
  readonly height: number;
  /** Sentences below it: what it shows of which case, filter, time zone, evidence. */
  readonly caption: readonly string[];
  readonly ground: string;
  readonly ink: string;
}

/** The figure with its caption below it as one SVG document, and that document's size. */
export function captionedSvg({ figure, width, height, caption, ground, ink }: Captioned): {
  readonly svg: string;
  readonly width: number;
  readonly height: number;
} {
  const wide = Math.max(480, Math.ceil(width));
  const lines = caption.flatMap((sentence) => wrapped(sentence, wide));
  const all = { width: wide + 2 * MARGIN, height: Math.ceil(height) + lines.length * LINE + 3 * MARGIN };
  const document = element(
    "svg",
    {
      xmlns: "http://www.w3.org/2000/svg",
      width: all.width,
      height: all.height,
      viewBox: `0 0 ${all.width} ${all.height}`,
      "font-family": FONT,
    },
    element("rect", { width: "100%", height: "100%", fill: ground }),
    element("g", { transform: `translate(${MARGIN} ${MARGIN})` }, figure),
    ...lines.map((line, i) =>
      element(
        "text",
        { x: MARGIN, y: Math.ceil(height) + 2 * MARGIN + (i + 1) * LINE - 4, "font-size": SIZE, fill: ink },
        line,
      ),
    ),
  );
  return { svg: `<?xml version="1.0" encoding="UTF-8"?>\n${document.svg}\n`, ...all };
}

/** Words in lines that fit; a word that is longer than a line is broken. */
function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (textWidth(longer, SIZE) <= width) {
      line = longer;
      continue;
    }
    if (line !== "") lines.push(line);
    line = word;
    while (textWidth(line, SIZE) > width) {
      const fits = Math.max(1, Math.floor((line.length * width) / textWidth(line, SIZE)));
      lines.push(line.slice(0, fits));
      line = line.slice(fits);
    }
  }
  return line === "" ? lines : [...lines, line];
}
