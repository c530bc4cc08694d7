import type { RefObject } from "react";
import { memo } from "react";
import { visible } from "../../core/contracts/text-forms.ts";
import { Wire } from "../wire.tsx";
import { HEAD } from "./use-row-scroll.ts";

/** Kinds that are read by their size, so that their digits stand under each other. */
export const NUMBERS: ReadonlySet<string> = new Set(["count", "int", "double", "interval", "port"]);

export interface ShownColumn {
  readonly name: string;
  readonly kind: string;
  readonly text: string;
  /** Where its cells stand in a row. */
  readonly index: number;
}

/** What a row can be asked for. */
export interface RowActs {
  readonly open: (row: number, tab?: "Stream") => void;
  readonly choose: (row: number, column: number) => void;
  readonly openMenu: (row: number, column: number, x: number, y: number) => void;
}

export const NO_ACTS: RowActs = { open: () => undefined, choose: () => undefined, openMenu: () => undefined };

interface Props {
  readonly index: number;
  /** Null while it is read. */
  readonly cells: readonly string[] | null;
  readonly columns: readonly ShownColumn[];
  readonly template: string;
  /** Pixels from the top of the rows. */
  readonly y: number;
  readonly isPicked: boolean;
  /** The column that the keys are at; null for another row. */
  readonly at: number | null;
  readonly acts: RefObject<RowActs>;
}

/** One record of a grid: drawn again only when something of it changes, as hundreds of cells stand in sight. */
export const GridRow = memo(function GridRow({ index, cells, columns, template, y, isPicked, at, acts }: Props) {
  return (
    <div
      className={isPicked ? "row picked" : "row"}
      role="row"
      aria-rowindex={index + 2}
      ref={(node) =>
        void (
          node !== null && style(node, { transform: `translateY(${y + HEAD}px)`, "grid-template-columns": template })
        )
      }
    >
      {columns.map(({ name, index: column, kind }, k) => (
        <div
          key={name}
          id={`cell-${index}-${k}`}
          role="gridcell"
          className={`mono${NUMBERS.has(kind) ? " n" : ""}${at === k ? " at" : ""}`}
          title={
            cells !== null && (cells[column] ?? "").length > 30 ? visible(cells[column]!.slice(0, 2000)) : undefined
          }
          onClick={() => {
            acts.current.choose(index, k);
            acts.current.open(index);
          }}
          onDoubleClick={() => acts.current.open(index, "Stream")}
          onContextMenu={(event) => {
            event.preventDefault();
            acts.current.choose(index, k);
            acts.current.openMenu(index, k, event.clientX, event.clientY);
          }}
        >
          {cells === null ? (
            ""
          ) : kind === "time" ? (
            shortTime(cells[column] ?? "")
          ) : (
            <Wire text={cells[column] ?? ""} most={300} />
          )}
        </div>
      ))}
    </div>
  );
});

/** "2026-03-02T06:01:21.305038465Z" to the microsecond; the whole is in the records of the Inspector. */
function shortTime(text: string): string {
  return text.slice(0, 26).replace("T", " ");
}

/** Sets styles through the object model, which the page's policy allows where it refuses style attributes. */
export function style(node: HTMLElement, styles: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(styles)) node.style.setProperty(name, value);
}
