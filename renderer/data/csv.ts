import { visible } from "../../core/contracts/text-forms.ts";
import type { TextPage } from "../../core/contracts/window.ts";

/** Rows as CSV. Cells that a spreadsheet would take for a formula get an apostrophe, as everywhere CSV leaves the program. */
export function csvOf({ columns, rows }: Pick<TextPage, "columns" | "rows">): string {
  const cell = (text: string) => {
    const safe = /^[=+\-@\t\r]/.test(text) && !/^-?\d+(\.\d+)?$/.test(text) ? `'${text}` : text;
    return `"${visible(safe).replaceAll('"', '""')}"`;
  };
  return `${[columns.map(({ name }) => name), ...rows].map((row) => row.map(cell).join(",")).join("\r\n")}\r\n`;
}
