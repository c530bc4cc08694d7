import { useEffect, useRef, useState } from "react";
import type { CaseView } from "../../../core/contracts/api.ts";
import { countOf, countText, visible } from "../../../core/contracts/text-forms.ts";
import { useCall } from "../../data/use-call.ts";
import { Message } from "../../message.tsx";
import { RecordTable } from "../../record-table.tsx";

const PAGE = 500;

/** Every record of any type, filtered, a page at a time. */
export function SessionsView({ tables }: { tables: CaseView["tables"] }) {
  const [table, setTable] = useState(tables.some(({ name }) => name === "conn") ? "conn" : (tables[0]?.name ?? "conn"));
  const [typed, setTyped] = useState("");
  const [filter, setFilter] = useState("");
  const [first, setFirst] = useState(0);
  const [latestFirst, setLatestFirst] = useState(false);
  const page = useCall("records.page", { table, filter, latestFirst, first, count: PAGE });
  const total = page.state === "ready" ? page.value.total : 0;
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== "/" || event.target instanceof HTMLInputElement) return;
      event.preventDefault();
      input.current?.focus();
    };
    input.current?.focus();
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, []);
  if (tables.length === 0)
    return (
      <Message title="No records" text="Nothing that a dissector reads was in the captures; Evidence lists them." />
    );
  const clear = () => {
    setTyped("");
    setFilter("");
    setFirst(0);
  };
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
            ref={input}
            value={typed}
            aria-invalid={page.state === "failed"}
            aria-describedby={page.state === "failed" ? "filter-problem" : undefined}
            spellCheck={false}
            placeholder="src in backup and port = 445"
            onChange={(event) => setTyped(event.target.value)}
          />
        </label>
        <button type="submit">Apply</button>
        <button type="button" disabled={filter === "" && typed === ""} onClick={clear}>
          Clear
        </button>
        <label>
          Order{" "}
          <select
            value={latestFirst ? "latest" : "earliest"}
            onChange={(event) => {
              setLatestFirst(event.target.value === "latest");
              setFirst(0);
            }}
          >
            <option value="earliest">earliest first</option>
            <option value="latest">latest first</option>
          </select>
        </label>
      </form>
      {page.state === "loading" && (
        <p className="problem" role="status">
          Reading records…
        </p>
      )}
      {page.state === "failed" && (
        <p className="problem failed" role="alert" id="filter-problem">
          {visible(page.message)}
        </p>
      )}
      {page.state === "ready" && total === 0 && (
        <p className="problem">No record of {table} matches. Widen the filter, or clear it.</p>
      )}
      {page.state === "ready" && total > 0 && (
        <>
          <RecordTable page={page.value} label={`Records of ${table}`} />
          <div className="pager">
            <span role="status">
              {countText(first + 1)} to {countText(first + page.value.rows.length)} of {countOf(total, "record")}
            </span>
            <button type="button" disabled={first === 0} onClick={() => setFirst(Math.max(0, first - PAGE))}>
              Previous
            </button>
            <button type="button" disabled={first + PAGE >= total} onClick={() => setFirst(first + PAGE)}>
              Next
            </button>
          </div>
        </>
      )}
    </div>
  );
}
