import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import type { Narrowing, TextPage } from "../../core/contracts/window.ts";
import { countOf, countText, visible } from "../../core/contracts/text-forms.ts";
import { useBench } from "../bench.ts";
import { kept as keep, store } from "../data/store.ts";
import { useStored } from "../data/use-stored.ts";
import { Message } from "../frame/message.tsx";
import { useSize } from "../frame/use-size.ts";
import { useRows } from "./blocks.ts";
import { ColumnChooser } from "./column-chooser.tsx";
import { ColumnCard, GroupTable } from "./column-summary.tsx";
import { HEAD, useRowScroll } from "./use-row-scroll.ts";
import type { RowActs, ShownColumn } from "./grid-row.tsx";
import { GridRow, NO_ACTS, NUMBERS, style } from "./grid-row.tsx";
import { saveRecords } from "./save-records.ts";
import type { CellMenu } from "./pivot-menu.tsx";
import { PivotMenu } from "./pivot-menu.tsx";

const NONE: readonly string[] = [];
/** Columns that say where a record lies rather than what it is. */
const PLACES = new Set(["n", "capture", "frame", "last_capture", "last_frame", "rid"]);

interface Props {
  readonly table: string;
  /** Told the narrowing whose rows are there, or that they cannot be read. */
  readonly onRead?: (narrowing: Narrowing) => void;
}

/** Any number of records of one type: virtual rows, columns to choose, sort, pivots by right click or the menu key. */
export function RecordGrid({ table, onRead }: Props) {
  const { narrowing, narrow, place, select, say } = useBench();
  const [isSaving, setSaving] = useState(false);
  const [sort, setSort] = useState<{ column: string; descending: boolean } | null>(null);
  const [group, setGroup] = useState<string | null>(null);
  const [card, setCard] = useState<{ column: string; kind: string; left: number; top: number } | null>(null);
  const chosenSet = useStored(() => store.columns.get([table, ""]), undefined, [table]);
  const kept = chosenSet?.columns ?? NONE;
  const [at, setAt] = useState<{ row: number; column: number }>({ row: 0, column: 0 });
  const [menu, setMenu] = useState<CellMenu | null>(null);
  const closeMenu = useCallback(() => setMenu(null), []);
  const [ref, { height: viewport }] = useSize();
  const acts = useRef<RowActs>(NO_ACTS);
  const known = useRef<TextPage["columns"]>([]);
  const sortColumn =
    sort !== null && (known.current.length === 0 || known.current.some(({ name }) => name === sort.column))
      ? sort
      : null;
  const total = useRef(0);
  const scroll = useRowScroll(total.current, viewport);
  const { first, seen } = scroll;
  const rows = useRows({ ...narrowing, table, sort: sortColumn }, first - 100, first + seen + 200);
  total.current = rows.state === "loading" ? total.current : rows.total;
  known.current = rows.columns.length > 0 ? rows.columns : known.current;
  useEffect(() => {
    scroll.toBegin();
    setAt({ row: 0, column: 0 });
  }, [table, narrowing, sort]);
  const isRead = rows.state !== "loading" && !rows.isOld;
  useEffect(() => {
    if (isRead) onRead?.(narrowing);
  }, [isRead, narrowing, onRead]);
  const isSampled = rows.row(0) !== null;
  const columns = useMemo(() => chosen(rows.columns, kept, (i) => sample(rows, i)), [rows.columns, kept, isSampled]);
  const widths = useMemo(
    () => columns.map(({ name, index, kind }) => widthOf(name, kind, sample(rows, index))),
    [columns],
  );
  if (rows.state === "failed")
    return (
      <Message title="These records cannot be shown" text={visible(rows.message)}>
        {narrowing.filter !== "" && <button onClick={() => narrow({ filter: "" })}>Clear the filter</button>}
      </Message>
    );
  if (rows.state === "ready" && rows.total === 0 && !rows.isOld) return <Nothing table={table} />;
  if (rows.state === "loading")
    return (
      <Message
        isBusy
        title={`Reading the records of ${table}`}
        text={narrowing.filter === "" ? "They come in time order." : "The filter is applied to each of them."}
      />
    );
  const template = widths.map((width) => `${width}px`).join(" ");
  const uidAt = rows.columns.findIndex(({ name }) => name === "uid");
  const open = (row: number, tab?: "Stream" | "Packets") => {
    const uid = rows.row(row)?.[uidAt];
    if (uid !== undefined && uid !== "") select({ kind: "session", id: uid }, tab);
  };
  const openMenu = (row: number, column: number, x: number, y: number) => {
    const cells = rows.row(row);
    const of = columns[column];
    if (cells === null || of === undefined) return;
    setMenu({
      x,
      y,
      table,
      name: of.name,
      kind: of.kind,
      value: cells[of.index] ?? "",
      cells: new Map(rows.columns.map(({ name }, i) => [name, cells[i] ?? ""])),
    });
  };
  const move = (row: number, column: number) => {
    const next = {
      row: Math.max(0, Math.min(rows.total - 1, row)),
      column: Math.max(0, Math.min(columns.length - 1, column)),
    };
    setAt(next);
    scroll.show(next.row);
  };
  const picked = place.pick;
  acts.current = {
    open,
    choose: (row, column) => setAt({ row, column }),
    openMenu,
  };
  return (
    <div className={rows.isOld ? "grid old" : "grid"}>
      <div className="tools">
        <span role="status">
          {`${countOf(rows.total, "record")}, ${countText(first + 1)} to ${countText(Math.min(rows.total, first + seen))} shown`}
        </span>
        {sort !== null && (
          <button className="link" onClick={() => setSort(null)}>
            in time order again
          </button>
        )}
        <span className="spacer" />
        <label>
          Group by{" "}
          <select
            value={group ?? ""}
            onChange={(event) => setGroup(event.target.value === "" ? null : event.target.value)}
          >
            <option value="">nothing</option>
            {rows.columns
              .filter(({ kind }) => kind !== "time" && kind !== "interval")
              .map(({ name }) => (
                <option key={name}>{name}</option>
              ))}
          </select>
        </label>
        <button
          className="link"
          aria-label="Save as CSV"
          title="Save as CSV: the columns that are shown, in this order"
          disabled={isSaving || rows.isOld}
          onClick={() => {
            setSaving(true);
            void saveRecords(
              { ...narrowing, table, sort: sortColumn },
              columns.map(({ name }) => name),
            )
              .catch((error: unknown) => `Nothing was saved. ${error instanceof Error ? error.message : String(error)}`)
              .then((what) => say(visible(what)))
              .finally(() => setSaving(false));
          }}
        >
          {isSaving ? "Saving…" : "CSV"}
        </button>
        <ColumnChooser
          table={table}
          all={rows.columns}
          shown={columns.map(({ name }) => name)}
          onChange={(names) => void keep(() => store.columns.put({ table, name: "", columns: names }))}
        />
      </div>
      {group !== null ? (
        <GroupTable table={table} column={group} kind={rows.columns.find(({ name }) => name === group)?.kind ?? ""} />
      ) : (
        <div
          className="rows"
          ref={(node) => {
            scroll.scroller.current = node;
            return ref(node);
          }}
          role="grid"
          aria-label={`Records of ${table}`}
          aria-rowcount={rows.total + 1}
          aria-colcount={columns.length}
          aria-activedescendant={`cell-${at.row}-${at.column}`}
          tabIndex={0}
          onScroll={scroll.onScroll}
          onKeyDown={(event) => {
            const { key } = event;
            if (key === "ArrowDown") move(at.row + 1, at.column);
            else if (key === "ArrowUp") move(at.row - 1, at.column);
            else if (key === "ArrowRight") move(at.row, at.column + 1);
            else if (key === "ArrowLeft") move(at.row, at.column - 1);
            else if (key === "PageDown") move(at.row + seen, at.column);
            else if (key === "PageUp") move(at.row - seen, at.column);
            else if (key === "Home") move(0, 0);
            else if (key === "End") move(rows.total - 1, at.column);
            else if (key === "Enter") open(at.row);
            else if (key === "ContextMenu" || (key === "F10" && event.shiftKey)) {
              const box = document.getElementById(`cell-${at.row}-${at.column}`)?.getBoundingClientRect();
              if (box !== undefined) openMenu(at.row, at.column, box.left + 8, box.bottom);
            } else return;
            event.preventDefault();
          }}
        >
          <div
            className="inner"
            ref={(node) =>
              void (
                node !== null &&
                style(node, {
                  height: `${scroll.tall + HEAD}px`,
                  width: `${widths.reduce((sum, width) => sum + width, 0)}px`,
                })
              )
            }
          >
            <div
              className="row head"
              role="row"
              aria-rowindex={1}
              ref={(node) => node?.style.setProperty("grid-template-columns", template)}
            >
              {columns.map(({ name, text, kind }) => (
                <div
                  key={name}
                  role="columnheader"
                  title={`${text} (${kind})`}
                  aria-sort={sort?.column !== name ? "none" : sort.descending ? "descending" : "ascending"}
                  className={NUMBERS.has(kind) ? "n" : undefined}
                  onPointerEnter={(event) => {
                    const { left, bottom } = event.currentTarget.getBoundingClientRect();
                    setCard({ column: name, kind, left, top: bottom });
                  }}
                  onPointerLeave={() => setCard(null)}
                  onClick={() =>
                    setSort(
                      sort?.column !== name
                        ? { column: name, descending: false }
                        : sort.descending
                          ? null
                          : { column: name, descending: true },
                    )
                  }
                >
                  {name}
                  {sort?.column === name && (sort.descending ? " ↓" : " ↑")}
                </div>
              ))}
            </div>
            {Array.from({ length: Math.min(seen + 20, Math.max(0, rows.total - first)) }, (_, i) => {
              const index = first + i;
              const cells = rows.row(index);
              const y = scroll.y(index);
              const isPicked =
                cells !== null &&
                ((picked?.kind === "session" && cells[uidAt] === picked.id) ||
                  (picked?.kind === "host" && cells.includes(picked.id)));
              return (
                <GridRow
                  key={index}
                  index={index}
                  cells={cells}
                  columns={columns}
                  template={template}
                  y={y}
                  isPicked={isPicked}
                  at={at.row === index ? at.column : null}
                  acts={acts}
                />
              );
            })}
          </div>
        </div>
      )}
      {card !== null && group === null && <ColumnCard key={card.column} table={table} {...card} />}
      {menu !== null && (
        <PivotMenu
          menu={menu}
          onSort={(column, descending) => setSort({ column, descending })}
          onGroup={setGroup}
          onClose={closeMenu}
        />
      )}
    </div>
  );
}

function Nothing({ table }: { table: string }) {
  const { narrow, narrowing } = useBench();
  const isNarrowed = narrowing.filter !== "" || narrowing.from !== null || narrowing.to !== null;
  return (
    <Message
      title={`No record of ${table}`}
      text={
        isNarrowed
          ? "None fits the filter and the time range, or the filter asks for a field that this type does not have. The list of types shows which fit."
          : "Nothing of this type was in the captures."
      }
    >
      {isNarrowed && (
        <button onClick={() => narrow({ filter: "", from: null, to: null })}>Clear filter and time range</button>
      )}
    </Message>
  );
}

/** The columns that were chosen; else those that say something in the first rows, without the places in the evidence. */
function chosen(
  all: TextPage["columns"],
  kept: readonly string[],
  cells: (index: number) => readonly string[],
): ShownColumn[] {
  const indexed = all.map((column, index) => ({ ...column, index }));
  const names = kept.filter((name) => all.some((column) => column.name === name));
  if (names.length > 0) return indexed.filter(({ name }) => names.includes(name));
  return indexed.filter(
    ({ name, index }) => !PLACES.has(name) && (index < 6 || cells(index).some((cell) => cell !== "")),
  );
}

function sample(rows: ReturnType<typeof useRows>, column: number): string[] {
  const cells: string[] = [];
  for (let i = 0; i < Math.min(60, rows.total); i++) {
    const row = rows.row(i);
    if (row !== null) cells.push(row[column] ?? "");
  }
  return cells;
}

function widthOf(name: string, kind: string, cells: readonly string[]): number {
  const longest = Math.max(name.length + 3, ...cells.map((cell) => (kind === "time" ? 26 : cell.length)));
  return Math.round(Math.min(340, Math.max(56, longest * 7.3 + 18)));
}
