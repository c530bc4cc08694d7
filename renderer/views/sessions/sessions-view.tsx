import { useState } from "react";
import { countText } from "../../../core/contracts/text-forms.ts";
import type { Narrowing } from "../../../core/contracts/window.ts";
import { useBench } from "../../bench.ts";
import { useCall } from "../../data/use-call.ts";
import { Message } from "../../frame/message.tsx";
import { RecordGrid } from "../../grid/record-grid.tsx";

/** Every record of any type that the filter fits. */
export function SessionsView() {
  const { view, place, go, narrowing, overview, version } = useBench();
  const { tables } = view;
  const [read, setRead] = useState<Narrowing | null>(null);
  // Rows and figures come first: every table is counted after them.
  const isSettled = overview.state !== "loading" && !(overview.state === "ready" && overview.isOld);
  const counted = useCall("case.tables", isSettled && read === narrowing ? narrowing : null, version);
  const isNarrowed = narrowing.filter !== "" || narrowing.from !== null || narrowing.to !== null;
  if (tables.length === 0)
    return (
      <Message title="No records" text="Nothing that a dissector reads was in the captures; Evidence lists them." />
    );
  const fitting = counted.state === "ready" ? new Map(counted.value.map(({ name, rows }) => [name, rows])) : null;
  const table = tables.some(({ name }) => name === place.table) ? place.table : tables[0]!.name;
  const countOf = (name: string, all: number) => {
    if (fitting === null) return isNarrowed ? "" : ` (${countText(all)})`;
    return ` (${countText(fitting.get(name) ?? 0)})`;
  };
  return (
    <div className="sessions">
      <div className="types" role="group" aria-label="Record types">
        <label>
          Records{" "}
          <select value={table} onChange={(event) => go({ table: event.target.value })}>
            {tables.map(({ name, rows }) => (
              <option key={name} value={name}>
                {name}
                {countOf(name, rows)}
              </option>
            ))}
          </select>
        </label>
        <span className="quiet">{tables.find(({ name }) => name === table)?.text}</span>
      </div>
      <RecordGrid key={table} table={table} onRead={setRead} />
    </div>
  );
}
