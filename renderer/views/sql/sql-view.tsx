import type { ComponentProps } from "react";
import { useCallback, useRef, useState } from "react";
import { countOf, visible } from "../../../core/contracts/text-forms.ts";
import type { TextPage } from "../../../core/contracts/window.ts";
import { useBench } from "../../bench.ts";
import { download } from "../../charts/save-figure.ts";
import { call } from "../../data/client.ts";
import { csvOf } from "../../data/csv.ts";
import { useCall } from "../../data/use-call.ts";
import { Message } from "../../frame/message.tsx";
import { usePivots } from "../../frame/pivots.ts";
import { RecordTable } from "../../record-table.tsx";

const FIRST = `SELECT "id.orig_h", "id.resp_h", service, count(*) AS sessions, sum(orig_bytes) AS sent
FROM conn
GROUP BY ALL
ORDER BY sent DESC
LIMIT 50`;

type State =
  | { readonly kind: "empty" | "running" }
  | { readonly kind: "failed"; readonly message: string }
  | { readonly kind: "done"; readonly page: TextPage & { readonly more: boolean }; readonly ms: number };

type OnCellMenu = NonNullable<ComponentProps<typeof RecordTable>["onMenu"]>;

/** The records by SQL that only reads; a filter works too. */
export function SqlView() {
  const { view, say } = useBench();
  const [text, setText] = useState(FIRST);
  const [state, setState] = useState<State>({ kind: "empty" });
  const names = useCall("filter.names", {});
  const pivot = usePivots();
  const latest = useRef<OnCellMenu>(() => undefined);
  latest.current = (event, { name }, value) => {
    // A column that the statement made itself is no field that a filter could ask for.
    const of = names.state === "ready" ? (names.value.find((each) => each.name === name)?.kind ?? null) : null;
    if (value !== "") pivot(event, { kind: "value", column: name, of, value });
  };
  // The same one always: a thousand rows are not drawn again while a statement is typed.
  const onMenu = useCallback<OnCellMenu>((...given) => latest.current(...given), []);
  const run = () => {
    if (state.kind === "running") return;
    const began = performance.now();
    setState({ kind: "running" });
    void call("query.run", { text }).then((result) =>
      setState(
        result.ok
          ? { kind: "done", page: result.value, ms: Math.round(performance.now() - began) }
          : { kind: "failed", message: result.error.message },
      ),
    );
  };
  const copy = (page: TextPage) =>
    void navigator.clipboard.writeText(csvOf(page)).then(
      () => say(`${countOf(page.rows.length, "row")} copied as CSV`),
      () => say("The clipboard is not open to this page"),
    );
  return (
    <div className="sessions sql">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          run();
        }}
      >
        <label htmlFor="sql">SQL (DuckDB), reading only</label>
        <textarea
          id="sql"
          className="mono"
          rows={6}
          spellCheck={false}
          maxLength={20_000}
          value={text}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
              event.preventDefault();
              run();
            }
          }}
        />
        <div className="tools">
          <button
            className="primary"
            type="submit"
            title="Ctrl+Enter"
            disabled={state.kind === "running" || text.trim() === ""}
          >
            {state.kind === "running" ? "Running…" : "Run"}
          </button>
          {state.kind === "done" && (
            <>
              <span role="status">
                {state.page.more
                  ? `the first ${countOf(state.page.rows.length, "row")}`
                  : countOf(state.page.rows.length, "row")}
                , {state.ms} ms
              </span>
              <button type="button" onClick={() => copy(state.page)}>
                Copy as CSV
              </button>
              <button
                type="button"
                onClick={() => {
                  download(new Blob([csvOf(state.page)], { type: "text/csv" }), "query.csv");
                  say("query.csv saved");
                }}
              >
                Save as CSV
              </button>
            </>
          )}
          <span className="spacer" />
          <label>
            Table{" "}
            <select value="" onChange={(event) => setText(`SELECT *\nFROM "${event.target.value}"\nLIMIT 100`)}>
              <option value="">choose …</option>
              {view.tables.map(({ name }) => (
                <option key={name}>{name}</option>
              ))}
            </select>
          </label>
        </div>
      </form>
      {state.kind === "failed" && (
        <p className="problem" role="alert">
          {visible(state.message)}
        </p>
      )}
      {state.kind === "done" && state.page.rows.length > 0 && (
        <RecordTable page={state.page} label="Result" onMenu={onMenu} />
      )}
      {state.kind === "done" && state.page.rows.length === 0 && (
        <Message title="No rows" text="The query ran and nothing fits it." />
      )}
      {state.kind === "empty" && (
        <p className="quiet hint">
          Every record type is a table; columns with dots go in double quotes. <kbd>Ctrl</kbd>+<kbd>Enter</kbd> runs it.
          Nothing can be changed from here, and files and network are out of reach.
        </p>
      )}
    </div>
  );
}
