import { useEffect, useEffectEvent, useMemo } from "react";
import type { CaseView } from "../core/contracts/api.ts";
import { HostNames } from "../core/contracts/host-names.ts";
import { countOf, octetsText, visible } from "../core/contracts/text-forms.ts";
import { usePlace } from "./data/location-state.ts";
import { useCall } from "./data/use-call.ts";
import { Message } from "./message.tsx";
import { EvidenceView } from "./views/evidence/evidence-view.tsx";
import { FindingsView } from "./views/findings/findings-view.tsx";
import { SessionsView } from "./views/sessions/sessions-view.tsx";
import { StoryView } from "./views/story/story-view.tsx";

const VIEWS = ["Story", "Findings", "Sessions", "Evidence"] as const;
type View = (typeof VIEWS)[number];

/** The window: one case, its views, one selected finding shared by all of them. */
export function App() {
  const loaded = useCall("case.view", {});
  if (loaded.state === "loading") return <Message title="Opening the case" />;
  if (loaded.state === "failed") return <Message title="The case cannot be shown" text={loaded.message} />;
  return <Workbench view={loaded.value} />;
}

function Workbench({ view }: { view: CaseView }) {
  const [place, go] = usePlace("Story");
  const shown = VIEWS.find((name) => name === place.view) ?? "Story";
  const selected = place.finding;
  const hosts = useMemo(() => new HostNames(view.story.estate), [view]);
  const { coverage, findings } = view.story;
  const stored = coverage.captures.reduce((sum, { octets }) => sum + octets, 0);
  const show = (name: View) => go({ view: name, finding: selected });
  const select = (finding: string) => go({ view: "Findings", finding });
  const onKey = useEffectEvent((event: KeyboardEvent) => {
    if (event.target instanceof HTMLInputElement || event.target instanceof HTMLSelectElement) return;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const number = Number(event.key);
    if (number >= 1 && number <= VIEWS.length) show(VIEWS[number - 1]!);
    if (event.key === "/") {
      event.preventDefault();
      show("Sessions");
    }
    if ((event.key === "[" || event.key === "]") && findings.length > 0) {
      const at = findings.findIndex(({ id }) => id === selected);
      const next = event.key === "]" ? Math.min(findings.length - 1, at + 1) : Math.max(0, at - 1);
      select(findings[next]!.id);
    }
  });
  useEffect(() => {
    document.title = `${visible(view.story.case.name)} · Backtrail`;
    const listen = (event: KeyboardEvent) => onKey(event);
    window.addEventListener("keydown", listen);
    return () => window.removeEventListener("keydown", listen);
  }, [view]);
  return (
    <div className="frame">
      <header className="bar">
        <strong title={view.folder}>{visible(view.story.case.name)}</strong>
        <span>
          {countOf(coverage.captures.length, "capture")} · {octetsText(stored)}
        </span>
        <span>{countOf(findings.length, "finding")}</span>
        <span className="spacer" />
        <span className="keys">
          <kbd>1</kbd>–<kbd>4</kbd> view <kbd>[</kbd> <kbd>]</kbd> finding <kbd>/</kbd> filter
        </span>
        <span title="All times are UTC">UTC</span>
      </header>
      <nav className="rail" aria-label="Views">
        {VIEWS.map((name, i) => (
          <button
            key={name}
            aria-current={shown === name ? "page" : undefined}
            title={`Key ${i + 1}`}
            onClick={() => show(name)}
          >
            {name}
          </button>
        ))}
      </nav>
      <main className="content">
        {shown === "Story" && <StoryView view={view} hosts={hosts} onSelect={select} />}
        {shown === "Findings" && (
          <FindingsView story={view.story} hosts={hosts} selected={selected} onSelect={select} />
        )}
        {shown === "Sessions" && <SessionsView tables={view.tables} />}
        {shown === "Evidence" && <EvidenceView view={view} />}
      </main>
      <footer className="bar foot">
        <span>{countOf(coverage.packets, "packet")}</span>
        <span>{countOf(coverage.connections, "connection")}</span>
        <span>{countOf(coverage.weirds, "weird")}</span>
        <span className="spacer" />
        <span>
          {view.journal.ok ? `journal intact, ${countOf(view.journal.entries, "entry", "entries")}` : "journal broken"}
        </span>
      </footer>
    </div>
  );
}
