import { memo } from "react";
import type { TextPage } from "../core/contracts/window.ts";
import { visible } from "../core/contracts/text-forms.ts";

/** Kinds that are read by their size, so that their digits stand under each other. */
const NUMBERS = new Set(["count", "int", "double", "interval", "port"]);
/** Longer cells may be cut by their column and so say all of themselves when pointed at. */
const SHOWN_WHOLE = 40;
const MOST_SHOWN = 2000;

/** Rows of records with the sentence of each column on its heading. Interval cells are seconds. */
export const RecordTable = memo(function RecordTable({ page, label }: { page: TextPage; label: string }) {
  const classes = page.columns.map(({ kind }) => (NUMBERS.has(kind) ? "mono n" : "mono"));
  return (
    <div className="scroll" tabIndex={0} role="region" aria-label={label}>
      <table>
        <thead>
          <tr>
            {page.columns.map(({ name, text, kind }) => (
              <th key={name} title={`${text} (${kind})`} scope="col" className={NUMBERS.has(kind) ? "n" : undefined}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {page.rows.map((row, i) => (
            <tr key={i}>
              {row.map((cell, column) => (
                <Cell key={column} className={classes[column]!} text={cell} />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
});

function Cell({ text, className }: { text: string; className: string }) {
  const whole = visible(text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}\u2026` : text);
  return (
    <td className={className} title={whole.length > SHOWN_WHOLE ? whole : undefined}>
      {whole}
    </td>
  );
}
