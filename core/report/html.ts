import type { Svg } from "../figures/svg.ts";
import { escapeXml } from "../figures/svg.ts";

/** HTML that is already safe. Only `html` and `svgHtml` make it. */
export class Html {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

type Part = Html | string | number | null | false | readonly Part[];

/** Template whose values are escaped unless they are Html; arrays are joined, null and false leave nothing. */
export function html(literals: TemplateStringsArray, ...values: readonly Part[]): Html {
  let text = literals[0]!;
  for (let i = 0; i < values.length; i++) text += partText(values[i]!) + literals[i + 1]!;
  return new Html(text);
}

/** A figure inside a page. */
export function svgHtml(svg: Svg): Html {
  return new Html(svg.svg);
}

function partText(part: Part): string {
  if (part === null || part === false) return "";
  if (part instanceof Html) return part.text;
  if (typeof part === "number") return String(part);
  if (typeof part === "string") return escapeXml(part);
  return part.map(partText).join("");
}
