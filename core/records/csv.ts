/**
 * One CSV record (RFC 4180), CRLF included. A cell that a spreadsheet would take for a formula (= + - @, tab, carriage
 * return first) gets a leading apostrophe.
 */
export function csvRow(cells: readonly string[]): string {
  return `${cells.map(csvCell).join(",")}\r\n`;
}

function csvCell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
