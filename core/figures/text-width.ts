/**
 * About how wide a text is drawn, in pixels: generous, after the widest of the usual system fonts, because a figure is
 * laid out where no font can be measured.
 */
export function textWidth(text: string, fontPixels: number, bold = false): number {
  let em = 0;
  for (const char of text) em += charEm(char);
  return em * fontPixels * (bold ? 1.1 : 1);
}

/** The text, or as much of its beginning as fits into `pixels` with an ellipsis behind it. */
export function fitted(text: string, pixels: number, fontPixels: number, bold = false): string {
  if (textWidth(text, fontPixels, bold) <= pixels) return text;
  let kept = "";
  let width = textWidth(ELLIPSIS, fontPixels, bold);
  for (const char of text) {
    width += textWidth(char, fontPixels, bold);
    if (width > pixels) break;
    kept += char;
  }
  return kept + ELLIPSIS;
}

/** The text in lines of at most `pixels`; a word that is wider has its beginning only. */
export function wrapped(text: string, pixels: number, fontPixels: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const longer = lines.length === 0 ? word : `${lines.at(-1)!} ${word}`;
    if (lines.length > 0 && textWidth(longer, fontPixels) <= pixels) lines[lines.length - 1] = longer;
    else lines.push(fitted(word, pixels, fontPixels));
  }
  return lines;
}

const ELLIPSIS = "\u2026";

function charEm(char: string): number {
  const code = char.codePointAt(0)!;
  if (code >= 0x1100) return code === 0x2026 || (code >= 0x2010 && code <= 0x2027) ? 0.9 : 1.05;
  if (code >= 0x300) return 0.75;
  if ("MWmw@%".includes(char)) return 0.98;
  if ("ijlftrI.,:;|!'()[]/\\ -".includes(char)) return 0.41;
  return char >= "A" && char <= "Z" ? 0.73 : 0.64;
}
