import { FIGURE_STYLE } from "../../figures/figure-style.ts";
import { PHASE_STYLES } from "../../figures/phase-style.ts";
import type { Svg } from "../../figures/svg.ts";

const COLOURS: Readonly<Record<string, string>> = {
  panel: "#ffffff",
  ink: "#1c2126",
  soft: "#56606a",
  line: "#d9dde1",
  faint: "#f2f4f5",
  accent: "#0b5cad",
  estate: "#eaf2ee",
  "estate-line": "#2d6a52",
};

/** A figure as it is printed: its style inside, with the colours of paper, because a PDF has no style sheet. */
export function printedFigure(figure: Svg, text: (value: string) => string): string {
  const from = figure.svg.indexOf(">") + 1;
  return `${figure.svg.slice(0, from)}<style>${PRINT_STYLE}</style>${withText(figure.svg.slice(from), text)}`;
}

/** The text between tags, changed; titles and descriptions are left out, since nothing on paper shows them. */
function withText(svg: string, text: (value: string) => string): string {
  return drawnText(svg.replace(/<(title|desc)>[^<]*<\/\1>/g, ""), text);
}

/** The text between tags, changed. */
export function drawnText(svg: string, text: (value: string) => string): string {
  return svg.replace(/>([^<>]+)</g, (_, value: string) => `>${text(value)}<`);
}

/** The figures' style with every variable in its place: the PDF's reader of SVG knows none. */
const PRINT_STYLE = printStyle();

function printStyle(): string {
  const rules: string[] = ["svg{font-family:'IBM Plex Sans'}"];
  for (const [, selectors, body] of FIGURE_STYLE.matchAll(/(?<![^{}])([^{}]+)\{([^{}]*)\}/g)) {
    const names = selectors!.trim();
    const properties = body!.replace(/var\(--(\w[\w-]*)\)/g, (whole, name: string) => COLOURS[name] ?? whole);
    if (names.startsWith("svg") || names.startsWith(".phase-")) continue;
    if (!properties.includes("var(--phase)")) {
      rules.push(`${names}{${properties}}`);
      continue;
    }
    for (const [phase, { light }] of Object.entries(PHASE_STYLES)) {
      const own = names.split(",").flatMap((name) => {
        const [first = "", ...rest] = name.trim().split(" ");
        return [`.phase-${phase} ${name.trim()}`, [`${first}.phase-${phase}`, ...rest].join(" ")];
      });
      rules.push(`${own.join(",")}{${properties.replaceAll("var(--phase)", light)}}`);
    }
  }
  return rules.join("\n");
}
