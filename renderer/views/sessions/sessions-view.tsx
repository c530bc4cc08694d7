import { countText } from "../../../core/contracts/text-forms.ts";
import { useBench } from "../../bench.ts";
import { useCall } from "../../data/use-call.ts";
import { Message } from "../../frame/message.tsx";
import { RecordGrid } from "../../grid/record-grid.tsx";

/** Every record of any type that the filter fits. */
export function SessionsView() {
  const { view, place, go, narrowing, version } = useBench();
  const { tables } = view;
  const counted = useCall("case.tables", narrowing, version);
  if (tables.length === 0)
    return (
      <Message title="No records" text="Nothing that a dissector reads was in the captures; Evidence lists them." />
    );
  const fitting = counted.state === "ready" ? new Map(counted.value.map(({ name, rows }) => [name, rows])) : null;
  const table = tables.some(({ name }) => name === place.table) ? place.table : tables[0]!.name;
  const rowsOf = (name: string, all: number) => (fitting === null ? all : (fitting.get(name) ?? 0));
  return (
    <div className="sessions">
      <div className="types" role="group" aria-label="Record types">
        <label>
          Records{" "}
          <select value={table} onChange={(event) => go({ table: event.target.value })}>
            {tables.map(({ name, rows }) => (
              <option key={name} value={name}>
                {name} ({countText(rowsOf(name, rows))})
              </option>
            ))}
          </select>
        </label>
        <span className="quiet">{tables.find(({ name }) => name === table)?.text}</span>
      </div>
      <RecordGrid key={table} table={table} />
    </div>
  );
}
