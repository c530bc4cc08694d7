import { countOf, countText, octetsText, visible } from "../../core/contracts/text-forms.ts";
import { useBench } from "../bench.ts";
import { shortened } from "./context-menu.tsx";
import { FilterBar } from "./filter-bar.tsx";
import { useTheme } from "./theme.ts";

/** Case, captures, state of the hashes, filter, what it leaves and how long that took, theme. */
export function TopBar({ onPalette, onShortcuts }: { onPalette: () => void; onShortcuts: () => void }) {
  const { view, story, overview, undo, redo, go, openMenu, openSaved, leave } = useBench();
  const [theme, setTheme] = useTheme();
  const { captures } = story.coverage;
  const stored = captures.reduce((sum, { octets }) => sum + octets, 0);
  const damaged = captures.some(({ damage }) => damage.length > 0);
  return (
    <header className="bar top">
      <h1 className="case" title={visible(view.folder)}>
        <button
          className="plain"
          aria-haspopup="menu"
          onClick={(event) => {
            const { left, bottom } = event.currentTarget.getBoundingClientRect();
            openMenu({
              x: left,
              y: bottom + 6,
              label: "Case",
              items: [
                { label: "Evidence, hashes, journal", run: () => go({ view: "Evidence" }) },
                { label: "Close the case, open another", run: leave },
              ],
            });
          }}
        >
          {visible(shortened(story.case.name))} ▾
        </button>
      </h1>
      <button className="chip" title="Evidence: captures, hashes, journal" onClick={() => go({ view: "Evidence" })}>
        {countOf(captures.length, "capture")} · <span title={`${countText(stored)} octets`}>{octetsText(stored)}</span>
        <span className={view.journal.ok && !damaged ? "state good" : "state bad"}>
          {!view.journal.ok ? "journal broken" : damaged ? "damaged" : view.imported ? "imported" : "SHA-256 ✓"}
        </span>
      </button>
      <FilterBar />
      <span
        className={overview.state === "ready" && overview.isOld ? "count old" : "count"}
        role="status"
        aria-label="What the filter leaves"
      >
        {overview.state === "ready" ? (
          <>
            <b>{countText(overview.value.sessions)}</b> {overview.value.sessions === 1 ? "session" : "sessions"} ·{" "}
            {overview.value.ms} ms
          </>
        ) : overview.state === "loading" ? (
          "counting…"
        ) : (
          <span title={visible(overview.message)}>not counted</span>
        )}
      </span>
      <span className="group">
        <button
          className="icon"
          disabled={undo === null}
          title="Undo narrowing (Ctrl+Z)"
          aria-label="Undo narrowing"
          onClick={() => undo?.()}
        >
          ↶
        </button>
        <button
          className="icon"
          disabled={redo === null}
          title="Redo narrowing (Ctrl+Shift+Z)"
          aria-label="Redo narrowing"
          onClick={() => redo?.()}
        >
          ↷
        </button>
        <button
          className="icon"
          title="Saved filters and layouts"
          aria-label="Saved filters and layouts"
          onClick={openSaved}
        >
          ★
        </button>
        <button className="icon" title="Command palette (Ctrl+K)" aria-label="Command palette" onClick={onPalette}>
          ⌘
        </button>
        <button className="icon" title="Shortcuts (?)" aria-label="Shortcuts" onClick={onShortcuts}>
          ?
        </button>
        <button
          className="icon"
          title={`Theme: ${theme}. Press for ${NEXT[theme]}.`}
          aria-label={`Theme: ${theme}`}
          onClick={() => setTheme(NEXT[theme])}
        >
          ◐
        </button>
      </span>
    </header>
  );
}

const NEXT = { system: "light", light: "dark", dark: "system" } as const;
