import { HIDDEN_CHARACTERS } from "../contracts/text-forms.ts";

const HIDDEN = new RegExp(`[${HIDDEN_CHARACTERS}]`, "g");

/**
 * One CSV record (RFC 4180), CRLF included. A cell that a spreadsheet would take for a formula (= + - @, tab, carriage
 * return first) gets a leading apostrophe.
 */
export function csvRow(cells: readonly string[]): string {
  return `${cells.map(csvCell).join(",")}\r\n`;
}

/**
 * One cell: quoted where RFC 4180 asks for it, never a formula. Control characters are shown as the symbols for them (hidden
 * ones as U+FFFD), so that a file printed to a terminal stays harmless.
 */
export function csvCell(text: string): string {
  const shown = text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, (character) =>
    String.fromCharCode(0x2400 + character.charCodeAt(0)),
  );
  const visible = shown.replace(HIDDEN, "\ufffd");
  const safe = /^[=+\-@\t\r]/.test(visible) ? `'${visible}` : visible;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
