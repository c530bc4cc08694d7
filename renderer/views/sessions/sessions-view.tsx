import { useState } from "react";
import type { CaseView } from "../../../core/contracts/api.ts";
import { countText } from "../../../core/contracts/text-forms.ts";
import { useCall } from "../../data/use-call.ts";
import { RecordTable } from "../../record-table.tsx";

const PAGE = 100;

/** Every record of any type, filtered, a page at a time. */
export function SessionsView({ tables }: { tables: CaseView["tables"] }) {
  const [table, setTable] = useState(tables.some(({ name }) => name === "conn") ? "conn" : (tables[0]?.name ?? "conn"));
  const [typed, setTyped] = useState("");
  const [filter, setFilter] = useState("");
  const [first, setFirst] = useState(0);
  const page = useCall("records.page", { table, filter, first, count: PAGE });
  const total = page.state === "ready" ? page.value.total : 0;
  return (
    <div className="sessions">
      <form
        className="controls"
        onSubmit={(event) => {
          event.preventDefault();
          setFirst(0);
          setFilter(typed);
        }}
      >
        <label>
          Records{" "}
          <select
            value={table}
            onChange={(event) => {
              setTable(event.target.value);
              setFirst(0);
            }}
          >
            {tables.map(({ name, rows }) => (
              <option key={name} value={name}>
                {name} ({countText(rows)})
              </option>
            ))}
          </select>
        </label>
        <label className="grow">
          Filter{" "}
          <input
            value={typed}
            spellCheck={false}
            placeholder="src in backup and port = 445"
            onChange={(event) => setTyped(event.target.value)}
          />
        </label>
        <button type="submit">Apply</button>
        <span>{page.state === "ready" && `${countText(total)} match`}</span>
        <button type="button" disabled={first === 0} onClick={() => setFirst(Math.max(0, first - PAGE))}>
          Earlier
        </button>
        <button type="button" disabled={first + PAGE >= total} onClick={() => setFirst(first + PAGE)}>
          Later
        </button>
      </form>
      {page.state === "failed" && (
        <p className="problem" role="alert">
          {page.message}
        </p>
      )}
      {page.state === "ready" &&
        (total === 0 ? (
          <p className="problem">No record matches. Widen the filter, or clear it.</p>
        ) : (
          <RecordTable page={page.value} />
        ))}
    </div>
  );
}
