import { HIDDEN_CHARACTERS, LONE_SURROGATES, visible } from "../contracts/text-forms.ts";

/** A piece of SVG: text that is already escaped. */
export interface Svg {
  readonly svg: string;
}

type Attributes = Readonly<Record<string, string | number | undefined>>;

/**
 * One SVG element. Attribute values and text are escaped; numbers are rounded to hundredths so that the same figure
 * gives the same text everywhere.
 */
export function element(name: string, attributes: Attributes, ...children: readonly (Svg | string)[]): Svg {
  let text = `<${name}`;
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== undefined) text += ` ${key}="${escapeXml(typeof value === "number" ? rounded(value) : value)}"`;
  }
  if (children.length === 0) return { svg: `${text}/>` };
  text += ">";
  for (const child of children) text += typeof child === "string" ? escapeXml(child) : child.svg;
  return { svg: `${text}</${name}>` };
}

/** A whole figure with an accessible name and description. */
export function figure(width: number, height: number, title: string, description: string, ...children: Svg[]): Svg {
  return element(
    "svg",
    {
      xmlns: "http://www.w3.org/2000/svg",
      viewBox: `0 0 ${rounded(width)} ${rounded(height)}`,
      role: "img",
      "aria-label": `${title}. ${description}`,
      class: "figure",
    },
    element("title", {}, title),
    element("desc", {}, description),
    ...children,
  );
}

/**
 * Text with `&`, `<`, `>`, quotes escaped, characters that XML forbids shown as U+FFFD, and those that hide or turn text
 * around as `visible` shows them.
 */
export function escapeXml(text: string): string {
  return text.replace(SPECIAL, (char) => ESCAPES[char] ?? (HIDDEN.test(char) ? visible(char) : "\uFFFD"));
}

/** At most hundredths, without trailing zeros. */
export function rounded(value: number): string {
  return String(Math.round(value * 100) / 100);
}

/** The text, or its beginning and an ellipsis if it has more than `length` characters. */
export function shortened(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, Math.max(1, length - 1))}\u2026`;
}

const SPECIAL = new RegExp(
  `[&<>"'\\u0000-\\u0008\\u000b-\\u001f\\ufffe\\uffff${HIDDEN_CHARACTERS}]|${LONE_SURROGATES}`,
  "g",
);
const HIDDEN = new RegExp(`[${HIDDEN_CHARACTERS}]`);
const ESCAPES: Readonly<Record<string, string>> = {
  "\r": "&#13;",
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};
