import type { MouseEvent, ReactNode } from "react";

/** One column of a table. */
export interface TableColumn<T> {
  readonly head: string;
  readonly cell: (row: T, at: number) => ReactNode;
  /** Read by its size: digits stand under each other. */
  readonly isNumber?: boolean;
  readonly isMono?: boolean;
  readonly className?: (row: T) => string;
  /** The exact value, when pointed at. */
  readonly title?: (row: T) => string | undefined;
}

interface Props<T> {
  readonly label: string;
  readonly columns: readonly TableColumn<T>[];
  readonly rows: readonly T[];
  readonly keyOf: (row: T, at: number) => string;
  readonly rowClass?: (row: T) => string | undefined;
  readonly onMenu?: (event: MouseEvent, row: T) => void;
  readonly className?: string;
  /** Below the rows: what was left out. */
  readonly children?: ReactNode;
}

/** Facts in rows: the one shape of the tables of all views. Long ones scroll on their own, by keyboard too. */
export function DataTable<T>({ label, columns, rows, keyOf, rowClass, onMenu, className, children }: Props<T>) {
  const classOf = ({ isNumber, isMono, className: own }: TableColumn<T>, row: T) =>
    [isNumber === true && "n", isMono === true && "mono", own?.(row)].filter(Boolean).join(" ") || undefined;
  return (
    <div
      className={className === undefined ? "scroll" : `scroll ${className}`}
      tabIndex={0}
      role="region"
      aria-label={label}
    >
      <table>
        <thead>
          <tr>
            {columns.map(({ head, isNumber }) => (
              <th key={head} scope="col" className={isNumber === true ? "n" : undefined}>
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, at) => (
            <tr
              key={keyOf(row, at)}
              className={rowClass?.(row)}
              onContextMenu={onMenu === undefined ? undefined : (event) => onMenu(event, row)}
            >
              {columns.map((column) => (
                <td key={column.head} className={classOf(column, row)} title={column.title?.(row)}>
                  {column.cell(row, at)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {children}
    </div>
  );
}
