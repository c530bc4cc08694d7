import { useEffect, useRef } from "react";
import { countText, visible } from "../../core/contracts/text-forms.ts";
import { useBench } from "../bench.ts";
import { filterValue, withCondition } from "../data/conditions.ts";
import { useCall } from "../data/use-call.ts";

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

const WIDTH = 280;
const TALLEST = 380;

/** What can be done from a cell: narrow to its value or away from it, follow, packets, same host; and the column's values. */
export function PivotMenu({ menu, onClose }: { menu: CellMenu; onClose: () => void }) {
  const { narrow, narrowing, select, say } = useBench();
  const { name, kind, value, cells, table } = menu;
  const node = useRef<HTMLDivElement>(null);
  const values = useCall(
    "filter.values",
    kind === "time" || kind === "interval" ? null : { field: `${table}.${name}`, prefix: "" },
  );
  useEffect(() => {
    const box = node.current!;
    box.style.left = `${Math.max(4, Math.min(menu.x, window.innerWidth - WIDTH - 8))}px`;
    box.style.top = `${Math.max(4, Math.min(menu.y, window.innerHeight - TALLEST))}px`;
    box.querySelector<HTMLElement>('[role="menuitem"]')?.focus();
    const before = document.querySelector<HTMLElement>('[role="grid"]');
    const onPress = (event: PointerEvent) => !box.contains(event.target as Node) && onClose();
    document.addEventListener("pointerdown", onPress);
    return () => {
      document.removeEventListener("pointerdown", onPress);
      before?.focus({ preventScroll: true });
    };
  }, [menu, onClose]);
  const uid = cells.get("uid") ?? "";
  const hosts = [...new Set([cells.get("id.orig_h"), cells.get("id.resp_h")])].filter(
    (host) => host !== undefined && host !== "",
  );
  const user = cells.get("user") ?? cells.get("username") ?? "";
  const also = (condition: string) => () => narrow({ filter: withCondition(narrowing.filter, condition) });
  const written = kind === "time" ? `"${value}"` : filterValue(value, kind);
  const items: readonly (readonly [label: string, run: () => void])[] = [
    ...(value === ""
      ? ([
          [`Only where ${name} is not set`, also(`${name} is not set`)],
          [`Only where ${name} is set`, also(`${name} is set`)],
        ] as const)
      : kind.includes("[")
        ? ([[`Only with ${name} set`, also(`${name} is set`)]] as const)
        : ([
            [`Only ${name} == ${shortened(value)}`, also(`${name} == ${written}`)],
            [`Not ${name} == ${shortened(value)}`, also(`not ${name} == ${written}`)],
          ] as const)),
    ...(uid === "" ? [] : ([["Only this session", also(`uid == "${uid}"`)]] as const)),
    ...(uid === "" || uid.startsWith("P")
      ? []
      : ([
          ["Follow stream", () => select({ kind: "session", id: uid }, "Stream")],
          ["Packets", () => select({ kind: "session", id: uid }, "Packets")],
        ] as const)),
    ...hosts.map((host) => [`Same host: ${host}`, also(`host == ${host}`)] as const),
    ...(user === ""
      ? []
      : ([[`Same user: ${shortened(user)}`, also(`user == ${filterValue(user, "string")}`)]] as const)),
    [
      "Copy value",
      () =>
        void navigator.clipboard.writeText(value).then(
          () => say("Copied"),
          () => say("The clipboard is not open to this page"),
        ),
    ],
  ];
  const top = values.state === "ready" ? values.value.filter(({ rows }) => rows > 0).slice(0, 6) : [];
  const most = Math.max(1, ...top.map(({ rows }) => rows));
  return (
    <div
      className="menu pivots"
      role="menu"
      aria-label={`On ${name}`}
      ref={node}
      onKeyDown={(event) => {
        if (event.key === "Escape" || event.key === "Tab") onClose();
        const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
        if (step === undefined) return;
        event.preventDefault();
        const all = [...node.current!.querySelectorAll<HTMLElement>('[role="menuitem"]')];
        all[(all.indexOf(document.activeElement as HTMLElement) + step + all.length) % all.length]?.focus();
      }}
    >
      {items.map(([label, run]) => (
        <button
          key={label}
          role="menuitem"
          onClick={() => {
            run();
            onClose();
          }}
        >
          {visible(label)}
        </button>
      ))}
      {top.length > 0 && (
        <div className="values" role="group" aria-label={`Most frequent values of ${name}`}>
          {top.map(({ value: each, rows }) => (
            <button
              key={each}
              role="menuitem"
              title={`Only ${name} == ${visible(each)}`}
              onClick={() => {
                also(`${name} == ${filterValue(each, kind)}`)();
                onClose();
              }}
            >
              <span className="bar-of" ref={(bar) => bar?.style.setProperty("width", `${(100 * rows) / most}%`)} />
              <span className="mono">{visible(shortened(each))}</span>
              <span className="detail">{countText(rows)}</span>
            </button>
          ))}
        </div>
      )}
    </div>
  );
}

function shortened(text: string): string {
  return text.length <= 40 ? text : `${text.slice(0, 39)}…`;
}
