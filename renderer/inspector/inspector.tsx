import { useEffect, useRef } from "react";
import { dateTime, visible } from "../../core/contracts/text-forms.ts";
import { PHASE_STYLES } from "../../core/figures/phase-style.ts";
import { useBench } from "../bench.ts";
import type { Pick, Tab } from "../data/place.ts";
import { rangeOf, TABS } from "../data/place.ts";
import { Fault } from "../frame/fault.tsx";
import { HostTab } from "./host-tab.tsx";
import { NotesTab } from "./notes-tab.tsx";
import { PacketsTab } from "./packets-tab.tsx";
import { RangeTab } from "./range-tab.tsx";
import { RecordsTab } from "./records-tab.tsx";
import { SessionTab } from "./session-tab.tsx";
import { StreamTab } from "./stream-tab.tsx";
import { WhyTab } from "./why-tab.tsx";
import { wireText } from "../wire.tsx";

const NARROWEST = 300;

/** What is selected, from five sides. */
export function Inspector({
  width,
  onWidth,
  onClose,
}: {
  width: number;
  onWidth: (width: number) => void;
  onClose: () => void;
}) {
  const { place, go, story, hosts } = useBench();
  const { pick, tab } = place;
  const finding = pick?.kind === "finding" ? story.findings.find(({ id }) => id === pick.id) : undefined;
  const body = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (body.current !== null) body.current.scrollTop = 0;
  }, [pick?.id, tab]);
  const widest = () => Math.max(NARROWEST, window.innerWidth - 480);
  const resize = (next: number) => onWidth(Math.round(Math.max(NARROWEST, Math.min(widest(), next))));
  const title =
    pick === null
      ? "Nothing selected"
      : finding !== undefined
        ? wireText(finding.title)
        : pick.kind === "host"
          ? hosts.full(pick.id)
          : titleOf(pick);
  return (
    <aside className={`inspector${finding === undefined ? "" : ` phase-${finding.phase}`}`} aria-label="Inspector">
      <div
        className="splitter"
        role="separator"
        aria-orientation="vertical"
        aria-label="Width of the Inspector"
        aria-valuenow={width}
        aria-valuemin={NARROWEST}
        aria-valuemax={2000}
        tabIndex={0}
        onKeyDown={(event) => {
          if (event.key === "ArrowLeft") resize(width + 40);
          if (event.key === "ArrowRight") resize(width - 40);
        }}
        onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
        onPointerMove={(event) => event.buttons === 1 && resize(window.innerWidth - event.clientX)}
        onDoubleClick={() => resize(width < 700 ? 760 : 400)}
      />
      <header>
        <p className="kind">
          {finding === undefined ? (
            <span className="quiet">{pick === null ? "Inspector" : pick.kind}</span>
          ) : (
            <>
              <span className="phase">{PHASE_STYLES[finding.phase].label}</span>{" "}
              <span className={`severity-${finding.severity}`}>{finding.severity}</span>
              {finding.review !== undefined && (
                <span className={`verdict-mark ${finding.review.verdict}`}>{finding.review.verdict}</span>
              )}
            </>
          )}
          <span className="spacer" />
          <button
            className="icon"
            title={width < 700 ? "Wider" : "Narrower"}
            aria-label={width < 700 ? "Wider" : "Narrower"}
            onClick={() => resize(width < 700 ? 760 : 400)}
          >
            {width < 700 ? "⇤" : "⇥"}
          </button>
          <button className="icon" title="Hide the Inspector (i)" aria-label="Hide the Inspector" onClick={onClose}>
            ×
          </button>
        </p>
        <h2>{title}</h2>
      </header>
      <div className="tabs" role="tablist" aria-label="Inspector">
        {TABS.map((name) => (
          <button
            key={name}
            role="tab"
            id={`tab-${name}`}
            aria-selected={tab === name}
            aria-controls="tab-body"
            tabIndex={tab === name ? 0 : -1}
            onClick={() => go({ tab: name })}
            onKeyDown={(event) => {
              const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
              if (step === undefined) return;
              const next = TABS[(TABS.indexOf(name) + step + TABS.length) % TABS.length]!;
              go({ tab: next });
              document.getElementById(`tab-${next}`)?.focus();
            }}
          >
            {name}
          </button>
        ))}
      </div>
      <div className="body" role="tabpanel" id="tab-body" aria-labelledby={`tab-${tab}`} tabIndex={0} ref={body}>
        <Fault key={`${pick?.id} ${tab}`} what={`The tab ${tab}`}>
          <TabBody tab={tab} />
        </Fault>
      </div>
    </aside>
  );
}

function titleOf({ kind, id }: Pick): string {
  if (kind !== "range") return `${kind === "session" ? "Session" : "Finding"} ${visible(id)}`;
  const { from, to } = rangeOf(id);
  return from === to ? `${dateTime(from, 3)} UTC` : `${dateTime(from)} to ${dateTime(to)} UTC`;
}

function TabBody({ tab }: { tab: Tab }) {
  const { place, story, notesBegun } = useBench();
  const { pick } = place;
  if (tab === "Notes") return <NotesTab key={notesBegun} />;
  if (pick === null)
    return (
      <p className="quiet">
        Select a finding, a session or a host in any view: what is known of it, the records behind it, its stream and
        its packets are shown here.
        {story.findings.length > 0 && (
          <>
            {" "}
            <kbd>]</kbd> goes to the first finding.
          </>
        )}
      </p>
    );
  if (pick.kind === "finding" && !story.findings.some(({ id }) => id === pick.id))
    return <p className="quiet">The case has no such finding: it may have gone when the case was evaluated anew.</p>;
  if (pick.kind === "range") return <RangeTab key={pick.id} id={pick.id} tab={tab} />;
  if (pick.kind === "host") return <HostTab address={pick.id} tab={tab} />;
  switch (tab) {
    case "Why":
      return pick.kind === "finding" ? <WhyTab key={pick.id} id={pick.id} /> : <SessionTab uid={pick.id} />;
    case "Records":
      return <RecordsTab kind={pick.kind} id={pick.id} />;
    case "Stream":
      return <StreamTab key={`${pick.kind} ${pick.id}`} kind={pick.kind} id={pick.id} />;
    case "Packets":
      return <PacketsTab key={`${pick.kind} ${pick.id}`} kind={pick.kind} id={pick.id} />;
  }
}
