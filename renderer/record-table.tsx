import type { TextPage } from "../core/contracts/api.ts";
import { visible } from "../core/contracts/text-forms.ts";

/** Rows of records with the sentence of each column on its heading. */
export function RecordTable({ page }: { page: TextPage }) {
  return (
    <div className="scroll" tabIndex={0}>
      <table>
        <thead>
          <tr>
            {page.columns.map(({ name, text }) => (
              <th key={name} title={text} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {page.rows.map((row, i) => (
            <tr key={i}>
              {row.map((cell, column) => (
                <td key={column} className="mono" title={visible(cell)}>
                  {visible(cell)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
