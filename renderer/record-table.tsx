import type { MouseEvent } from "react";
import { memo } from "react";
import type { TextPage } from "../core/contracts/window.ts";
import { visible } from "../core/contracts/text-forms.ts";

/** Kinds that are read by their size, so that their digits stand under each other. */
const NUMBERS = new Set(["count", "int", "double", "interval", "port"]);
/** Longer cells may be cut by their column and so say all of themselves when pointed at. */
const SHOWN_WHOLE = 40;
const MOST_SHOWN = 2000;

/** Rows of records with the sentence of each column on its heading. Interval cells are seconds. */
export const RecordTable = memo(function RecordTable({
  page,
  label,
  onMenu,
}: {
  page: TextPage;
  label: string;
  /** Given a column and a value of it. */
  onMenu?: (event: MouseEvent, column: TextPage["columns"][number], value: string) => void;
}) {
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
                <Cell
                  key={column}
                  className={classes[column]!}
                  text={cell}
                  onMenu={onMenu === undefined ? undefined : (event) => onMenu(event, page.columns[column]!, cell)}
                />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
});

interface CellProps {
  readonly text: string;
  readonly className: string;
  readonly onMenu: ((event: MouseEvent) => void) | undefined;
}

function Cell({ text, className, onMenu }: CellProps) {
  const whole = visible(text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}\u2026` : text);
  return (
    <td className={className} onContextMenu={onMenu} title={whole.length > SHOWN_WHOLE ? whole : undefined}>
      {whole}
    </td>
  );
}
