import type { Phase } from "../contracts/finding.ts";
import { PHASES } from "../contracts/finding.ts";
import { FIGURE_STYLE } from "./figure-style.ts";
import { PHASE_STYLES } from "./phase-style.ts";
import type { Svg } from "./svg.ts";
import { wrapped } from "./text-width.ts";
import { element } from "./svg.ts";

/** Colours of a page on white, by the names that the figures' style uses. */
export const LIGHT_COLOURS: Readonly<Record<string, string>> = {
  ground: "#fbfbfa",
  panel: "#fff",
  ink: "#1c2126",
  soft: "#56606a",
  line: "#d9dde1",
  faint: "#f2f4f5",
  accent: "#0b5cad",
  estate: "#eaf2ee",
  "estate-line": "#2d6a52",
};

const MARGIN = 16;

/** Height of a line of the caption, and the width that it has at least. */
const CAPTION_LINE = 15;
const NARROWEST = 640;

/**
 * Figures one below the other as one SVG document for files: sizes in pixels, colours in place of variables, so that drawing
 * programs show it as browsers do.
 * @param metadata Text for the document's `metadata`; escaped here.
 * @param caption Stands below the figures, each text on lines of its own: what they show, and of what.
 */
export function standaloneSvg(figures: readonly Svg[], metadata: string, caption: readonly string[]): string {
  let top = MARGIN;
  let width = 0;
  const placed: Svg[] = [];
  for (const { svg } of figures) {
    const [, w = "0", h = "0"] = /^<svg[^>]* viewBox="0 0 ([\d.]+) ([\d.]+)"/.exec(svg) ?? [];
    placed.push({ svg: svg.replace("<svg ", `<svg x="${MARGIN}" y="${top}" width="${w}" height="${h}" `) });
    top += Math.ceil(Number(h)) + MARGIN;
    width = Math.max(width, Math.ceil(Number(w)));
  }
  width = Math.max(width, NARROWEST);
  for (const line of caption.flatMap((text) => wrapped(text, width, 11))) {
    top += CAPTION_LINE;
    placed.push(element("text", { x: MARGIN, y: top, "font-size": 11, fill: LIGHT_COLOURS["soft"] }, line));
  }
  if (caption.length > 0) top += MARGIN;
  const document = element(
    "svg",
    {
      xmlns: "http://www.w3.org/2000/svg",
      width: width + 2 * MARGIN,
      height: top,
      viewBox: `0 0 ${width + 2 * MARGIN} ${top}`,
      "font-family": "system-ui, 'Segoe UI', Roboto, 'Liberation Sans', Arial, sans-serif",
    },
    element("metadata", {}, metadata),
    { svg: `<style>${plainStyle()}</style>` },
    element("rect", { width: "100%", height: "100%", fill: LIGHT_COLOURS["panel"] }),
    ...placed,
  );
  return `<?xml version="1.0" encoding="UTF-8"?>\n${document.svg}\n`;
}

/** The figures' style without variables: what depends on the phase becomes a rule for each. */
function plainStyle(): string {
  const rules: string[] = [];
  for (const [, selector = "", body = ""] of FIGURE_STYLE.matchAll(/(?<![^{}])([^{}]+)\{([^{}]*)\}/g)) {
    const name = selector.trim();
    if (name === "svg.figure" || name.startsWith(".phase-")) continue;
    if (body.includes("var(--phase)")) {
      for (const phase of PHASES) rules.push(`${ofPhase(name, phase)}{${coloured(body, phase)}}`);
    } else {
      rules.push(`${name}{${coloured(body, null)}}`);
    }
  }
  return rules.join("\n");
}

/** The selector for elements of a phase, and for those inside one. */
function ofPhase(selector: string, phase: Phase): string {
  return `.phase-${phase}${selector},.phase-${phase} ${selector}`;
}

function coloured(body: string, phase: Phase | null): string {
  return body.replace(/var\(--([a-z-]+)\)/g, (whole, name: string) =>
    name === "phase" && phase !== null ? PHASE_STYLES[phase].light : (LIGHT_COLOURS[name] ?? whole),
  );
}
