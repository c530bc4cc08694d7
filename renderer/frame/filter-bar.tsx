import { useDeferredValue, useEffect, useMemo, useRef, useState } from "react";
import { countText, visible } from "../../core/contracts/text-forms.ts";
import { useBench } from "../bench.ts";
import { useCall } from "../data/use-call.ts";
import type { SavedFilter } from "../data/store.ts";
import { keepFilter, store } from "../data/store.ts";
import { useStored } from "../data/use-stored.ts";
import type { Completion } from "./completion.ts";
import { applied, contextOf, nameCompletions, wholeCompletions } from "./completion.ts";
import { wireText } from "../wire.tsx";

const NONE: { readonly saved: readonly SavedFilter[]; readonly used: readonly { readonly filter: string }[] } = {
  saved: [],
  used: [],
};

/** The filter that rules every view: checked as it is typed, mistakes underlined with the reason, names and values completed. */
export function FilterBar() {
  const { place, narrow, overview } = useBench();
  const [typed, setTyped] = useState(place.filter);
  const [shownFor, setShownFor] = useState(place.filter);
  const [caret, setCaret] = useState<number | null>(null);
  const [active, setActive] = useState(-1);
  const input = useRef<HTMLInputElement>(null);
  const mirror = useRef<HTMLDivElement>(null);
  // Undo, a pivot or the address changed the filter: what is typed follows.
  if (shownFor !== place.filter) {
    setShownFor(place.filter);
    setTyped(place.filter);
  }
  const settled = useDeferredValue(typed);
  // A filter that was applied is checked by being answered.
  const isChecked = settled.trim() === "" || (settled === place.filter && overview.state !== "failed");
  const check = useCall("filter.check", isChecked ? null : { filter: settled });
  const mistake = check.state === "ready" && !check.isOld && settled === typed ? check.value : null;
  const names = useCall("filter.names", {});
  const context = useMemo(() => (caret === null ? null : contextOf(typed, caret)), [typed, caret]);
  const values = useCall(
    "filter.values",
    context?.kind === "value" ? { field: context.field, prefix: context.prefix } : null,
  );
  const isOffered = caret !== null;
  const before = useStored(
    async () =>
      isOffered
        ? {
            saved: await store.filters.orderBy("name").toArray(),
            used: await store.history.orderBy("at").reverse().toArray(),
          }
        : NONE,
    NONE,
    [isOffered],
  );
  const completions = useMemo<readonly Completion[]>(() => {
    if (context === null) return [];
    const whole = wholeCompletions(before.saved, before.used, typed);
    if (typed === "") return whole;
    if (context.kind === "value")
      return values.state === "ready"
        ? [
            ...values.value.map(({ value, rows }) => ({
              text: /^[\w.:/-]+$/.test(value) ? value : `"${value.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`,
              detail: rows > 0 ? countText(rows) : "group of machines",
            })),
            ...whole,
          ]
        : whole;
    return names.state === "ready" ? [...nameCompletions(names.value, context.prefix), ...whole] : whole;
  }, [context, typed, before, values, names]);
  useEffect(() => setActive(-1), [completions]);
  const close = () => setCaret(null);
  const apply = (filter: string) => {
    close();
    narrow({ filter: filter.trim() });
    void keepFilter(filter.trim());
  };
  const take = (completion: Completion) => {
    if (completion.whole === true) {
      setTyped(completion.text);
      apply(completion.text);
      return;
    }
    const next = applied(typed, caret ?? typed.length, context!.prefix, completion.text);
    setTyped(next.text);
    setCaret(next.caret);
    requestAnimationFrame(() => input.current?.setSelectionRange(next.caret, next.caret));
  };
  const isRefused = overview.state === "failed" && overview.code === "filter" && typed === place.filter;
  const failed = isRefused ? overview.message : null;
  const problem = mistake?.message ?? failed;
  const isOpen = caret !== null && (completions.length > 0 || problem !== null);
  return (
    <form
      className={problem === null ? "filter" : "filter wrong"}
      role="search"
      onSubmit={(event) => {
        event.preventDefault();
        if (mistake === null) apply(typed);
      }}
    >
      <label htmlFor="filter">Filter</label>
      <div className="typed">
        <div className="mirror" ref={mirror} aria-hidden="true">
          {mistake !== null && (
            <>
              {typed.slice(0, mistake.position)}
              <u>{typed.slice(mistake.position, mistake.position + mistake.length) || " "}</u>
            </>
          )}
        </div>
        <input
          id="filter"
          ref={input}
          role="combobox"
          aria-expanded={isOpen}
          aria-controls="completions"
          aria-autocomplete="list"
          aria-activedescendant={active >= 0 ? `completion-${active}` : undefined}
          aria-invalid={problem !== null}
          aria-describedby={problem === null ? undefined : "filter-problem"}
          autoComplete="off"
          spellCheck={false}
          value={typed}
          placeholder='dst in backup and smb.path contains ".vbk"'
          onChange={(event) => {
            setTyped(event.target.value);
            setCaret(event.target.selectionStart);
          }}
          onFocus={(event) => setCaret(event.target.selectionStart)}
          onBlur={close}
          onScroll={(event) => {
            if (mirror.current !== null) mirror.current.scrollLeft = event.currentTarget.scrollLeft;
          }}
          onKeyDown={(event) => {
            if (event.key === "ArrowDown" && completions.length > 0) {
              event.preventDefault();
              if (caret === null) setCaret(event.currentTarget.selectionStart);
              setActive((active + 1) % completions.length);
            } else if (event.key === "ArrowUp" && completions.length > 0) {
              event.preventDefault();
              setActive((active - 1 + completions.length) % completions.length);
            } else if ((event.key === "Enter" || event.key === "Tab") && active >= 0 && isOpen) {
              event.preventDefault();
              take(completions[active]!);
            } else if (event.key === "Escape") {
              if (isOpen && completions.length > 0) close();
              else {
                setTyped(place.filter);
                event.currentTarget.blur();
              }
            } else if (event.key.startsWith("Arrow") || event.key === "Home" || event.key === "End") {
              const field = event.currentTarget;
              requestAnimationFrame(() => setCaret(field.selectionStart));
            }
          }}
        />
        {isOpen && (
          <div className="menu completions" onMouseDown={(event) => event.preventDefault()}>
            {problem !== null && (
              <p className="problem" id="filter-problem" role="alert">
                {visible(problem)}
              </p>
            )}
            <ul id="completions" role="listbox" aria-label="Completions">
              {completions.map(({ text, detail }, i) => (
                <li
                  key={`${text} ${detail}`}
                  id={`completion-${i}`}
                  role="option"
                  aria-selected={i === active}
                  onClick={() => take(completions[i]!)}
                >
                  <span className="mono">{visible(text)}</span>
                  <span className="detail">{wireText(detail)}</span>
                </li>
              ))}
            </ul>
          </div>
        )}
      </div>
      {(place.filter !== "" || typed !== "") && (
        <button
          type="button"
          className="icon"
          aria-label="Clear filter"
          title="Clear filter"
          onClick={() => {
            setTyped("");
            narrow({ filter: "" });
          }}
        >
          ×
        </button>
      )}
    </form>
  );
}
