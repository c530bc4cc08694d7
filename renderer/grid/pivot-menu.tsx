import { countText } from "../../core/contracts/text-forms.ts";
import type { Bench } from "../bench.ts";
import { useBench } from "../bench.ts";
import { filterValue, withCondition } from "../data/conditions.ts";
import { useCall } from "../data/use-call.ts";
import type { MenuItem } from "../frame/context-menu.tsx";
import { ContextMenu, shortened } from "../frame/context-menu.tsx";
import { copyItem, sessionItems } from "../frame/pivots.ts";

/** The cell that a menu was opened on. */
export interface CellMenu {
  readonly x: number;
  readonly y: number;
  readonly table: string;
  readonly name: string;
  readonly kind: string;
  readonly value: string;
  /** The whole row, by column. */
  readonly cells: ReadonlyMap<string, string>;
}

interface Props {
  readonly menu: CellMenu;
  readonly onSort: (column: string, descending: boolean) => void;
  readonly onGroup: (column: string) => void;
  readonly onClose: () => void;
}

/** What can be done from a cell: narrow to its value or away from it, follow, packets, same host, sort, group; and the column's values. */
export function PivotMenu({ menu, onSort, onGroup, onClose }: Props) {
  const bench = useBench();
  const { narrowing, narrow } = bench;
  const { name, kind, table } = menu;
  const isCounted = kind !== "time" && kind !== "interval";
  const values = useCall("records.column", isCounted ? { ...narrowing, table, column: name, most: 6 } : null);
  const top = values.state === "ready" ? values.value.values : [];
  const most = Math.max(1, ...top.map(({ rows }) => rows));
  const items = [
    ...cellItems(menu, bench),
    { label: `Sort by ${name}, rising`, run: () => onSort(name, false) },
    { label: `Sort by ${name}, falling`, run: () => onSort(name, true) },
    ...(isCounted ? [{ label: `Group by ${name}`, run: () => onGroup(name) }] : []),
    copyItem("Copy value", menu.value, bench),
  ];
  const more = {
    label: `Most frequent values of ${name}`,
    items: top.map(({ value, rows }) => ({
      label: shortened(value),
      detail: countText(rows),
      share: rows / most,
      run: () => narrow({ filter: withCondition(narrowing.filter, `${name} == ${filterValue(value, kind)}`) }),
    })),
  };
  return <ContextMenu menu={{ x: menu.x, y: menu.y, label: `On ${name}`, items }} more={more} onClose={onClose} />;
}

function cellItems({ name, kind, value, cells, table }: CellMenu, bench: Bench): MenuItem[] {
  const { narrow, narrowing, view } = bench;
  const uid = cells.get("uid") ?? "";
  const hosts = [...new Set([cells.get("id.orig_h"), cells.get("id.resp_h")])].filter(
    (host) => host !== undefined && host !== "",
  );
  const user = cells.get("user") ?? cells.get("username") ?? "";
  const also = (label: string, condition: string): MenuItem => ({
    label,
    run: () => narrow({ filter: withCondition(narrowing.filter, condition) }),
  });
  const written = kind === "time" ? `"${value}"` : filterValue(value, kind);
  const ofValue =
    value === ""
      ? [
          also(`Only where ${name} is not set`, `${name} is not set`),
          also(`Only where ${name} is set`, `${name} is set`),
        ]
      : kind.includes("[")
        ? [also(`Only with ${name} set`, `${name} is set`)]
        : [
            also(`Only ${name} == ${shortened(value)}`, `${name} == ${written}`),
            also(`Not ${name} == ${shortened(value)}`, `not ${name} == ${written}`),
          ];
  return [
    ...ofValue,
    ...sessionItems(uid, bench),
    ...hosts.map((host) => also(`Same host: ${host}`, `host == ${host}`)),
    ...(user === "" ? [] : [also(`Same user: ${shortened(user)}`, `user == ${filterValue(user, "string")}`)]),
    ...(uid === "" || view.readOnly
      ? []
      : [
          {
            label: "Add to report",
            detail: "as a note",
            run: () => bench.note({ kind: "session", id: uid }, rowWords(table, cells)),
          },
        ]),
  ];
}

/** A record in one line, as the beginning of a note. */
function rowWords(table: string, cells: ReadonlyMap<string, string>): string {
  const told = [...cells]
    .filter(([name, value]) => value !== "" && !PLACES.has(name))
    .map(([name, value]) => `${name} ${shortened(value)}`);
  return `${table}: ${told.join(", ")}`.slice(0, 1000);
}

const PLACES = new Set(["uid", "n", "capture", "frame", "last_capture", "last_frame", "rid"]);
