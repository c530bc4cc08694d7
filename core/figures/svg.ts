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

/** Text with `&`, `<`, `>`, quotes escaped and characters that XML forbids shown as U+FFFD. */
export function escapeXml(text: string): string {
  return text.replace(SPECIAL, (char) => ESCAPES[char] ?? "\uFFFD");
}

/** At most hundredths, without trailing zeros. */
export function rounded(value: number): string {
  return String(Math.round(value * 100) / 100);
}

/** The text, or its beginning and an ellipsis if it has more than `length` characters. */
export function shortened(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, Math.max(1, length - 1))}\u2026`;
}

const SPECIAL =
  /[&<>"'\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]|[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g;
const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};
