import { useCallback, useEffect, useEffectEvent, useMemo, useRef, useState } from "react";
import type { CaseView } from "../core/contracts/api.ts";
import type { Review } from "../core/contracts/annotations.ts";
import { HostNames } from "../core/contracts/host-names.ts";
import { visible } from "../core/contracts/text-forms.ts";
import type { Narrowing } from "../core/contracts/window.ts";
import type { Bench } from "./bench.ts";
import { BenchContext } from "./bench.ts";
import { call } from "./data/client.ts";
import { useKept } from "./data/kept.ts";
import { useNarrowingHistory } from "./data/narrowing-history.ts";
import type { Pick, Tab, ViewName } from "./data/place.ts";
import { VIEWS } from "./data/place.ts";
import { usePlace } from "./data/use-place.ts";
import { useCall } from "./data/use-call.ts";
import { OverviewStrip } from "./frame/overview-strip.tsx";
import { Palette } from "./frame/palette.tsx";
import { Rail } from "./frame/rail.tsx";
import { ShortcutSheet } from "./frame/shortcut-sheet.tsx";
import { StatusLine } from "./frame/status-line.tsx";
import { TopBar } from "./frame/top-bar.tsx";
import { Inspector } from "./inspector/inspector.tsx";
import { ViewOf } from "./views/view-of.tsx";

/** Parts in which the overview is drawn; more than a wide screen has room for would not be seen. */
const BUCKETS = 240;

interface Props {
  readonly view: CaseView;
  /** Another one after the case was read again: what depends on it is asked again. */
  readonly version: string;
  readonly onReload: () => void;
}

/** The frame: rail, top bar, overview, one view, Inspector, status line; filter, time range and selection are shared. */
export function Workbench({ view, version, onReload }: Props) {
  const [place, go] = usePlace();
  const [shown, setShown] = useState(view);
  const [notes, setNotes] = useState(view.notes);
  const [reviews, setReviews] = useState<ReadonlyMap<string, Review | null>>(new Map());
  const [told, setTold] = useState<Partial<CaseView["story"]>>({});
  if (shown !== view) {
    setShown(view);
    setNotes(view.notes);
    setReviews(new Map());
    setTold({});
  }
  const reviewsAsked = useRef(0);
  const [said, say] = useState("");
  const [open, setOpen] = useState<"palette" | "shortcuts" | null>(null);
  const [isInspecting, setInspecting] = useKept<boolean>("inspector", true);
  const [inspectorWidth, setInspectorWidth] = useKept<number>("inspector-width", 400);
  const story = useMemo(() => {
    const findings = view.story.findings.map((finding) => {
      const review = reviews.get(finding.id);
      if (review === undefined) return finding;
      const { review: _, ...rest } = finding;
      return review === null ? rest : { ...rest, review };
    });
    return { ...view.story, ...told, findings };
  }, [view, reviews, told]);
  const hosts = useMemo(() => new HostNames(story.estate), [story.estate]);
  const setNarrowing = useCallback((next: Narrowing) => go(next), [go]);
  const { narrow, undo, redo } = useNarrowingHistory(place, setNarrowing);
  const { filter, from, to } = place;
  const narrowing = useMemo(() => ({ filter, from, to }), [filter, from, to]);
  const overview = useCall("case.overview", { ...narrowing, buckets: BUCKETS }, version);
  const left = overview.state === "ready" ? overview.value.findings : null;
  const findings = useMemo(() => {
    if (left === null) return story.findings;
    const kept = new Set(left);
    return story.findings.filter(({ id }) => kept.has(id));
  }, [story, left]);
  const select = useCallback(
    (pick: Pick | null, tab?: Tab) => {
      go({ pick, ...(tab !== undefined && { tab }) });
      if (pick !== null) setInspecting(true);
    },
    [go, setInspecting],
  );
  const review: Bench["review"] = async (finding, verdict, reason) => {
    const asked = ++reviewsAsked.current;
    const result = await call("finding.review", { finding, verdict, reason });
    if (!result.ok) return result.error.message;
    setReviews((before) => new Map(before).set(finding, result.value.review));
    // An answer that was overtaken tells of a verdict less.
    if (asked === reviewsAsked.current) setTold(result.value.told);
    say(verdict === null ? "Verdict taken back" : `Finding ${verdict}; the journal has it`);
    return null;
  };
  const bench: Bench = {
    view,
    story,
    notes,
    hosts,
    place,
    narrowing,
    overview,
    findings,
    go,
    select,
    narrow,
    undo,
    redo,
    review,
    reload: onReload,
    setNotes,
    say,
  };
  const show = (name: ViewName) => go({ view: name });
  const toFinding = (step: 1 | -1) => {
    if (findings.length === 0) return;
    const at = findings.findIndex(({ id }) => place.pick?.kind === "finding" && id === place.pick.id);
    const next =
      at < 0 ? (step === 1 ? 0 : findings.length - 1) : Math.max(0, Math.min(findings.length - 1, at + step));
    select({ kind: "finding", id: findings[next]!.id });
  };
  const onKey = useEffectEvent((event: KeyboardEvent) => {
    const isMain = event.ctrlKey || event.metaKey;
    const key = event.key.toLowerCase();
    if (isMain && key === "k") {
      event.preventDefault();
      setOpen("palette");
      return;
    }
    if (open !== null || isTyping(event.target)) return;
    if (isMain && key === "z") {
      event.preventDefault();
      (event.shiftKey ? redo : undo)?.();
      return;
    }
    if (isMain || event.altKey) return;
    if (/^\d$/.test(key)) {
      const name = VIEWS[key === "0" ? 9 : Number(key) - 1];
      if (name !== undefined) show(name);
    } else if (key === "/") {
      event.preventDefault();
      document.getElementById("filter")?.focus();
    } else if (key === "]") toFinding(1);
    else if (key === "[") toFinding(-1);
    else if (key === "?") setOpen("shortcuts");
    else if (key === "i") setInspecting(!isInspecting);
    else if (key === "c" || key === "x" || key === "n") {
      if (place.pick?.kind !== "finding" && key !== "n") return;
      event.preventDefault();
      if (key === "c" && place.pick !== null) void review(place.pick.id, "confirmed", null);
      if (key !== "c" && place.pick !== null) {
        setInspecting(true);
        go({ tab: key === "n" ? "Notes" : "Why" });
        requestAnimationFrame(() => document.getElementById(key === "n" ? "note" : "dismissal")?.focus());
      }
    }
  });
  useEffect(() => {
    document.title = `${visible(view.story.case.name)} · Backtrail`;
    const listen = (event: KeyboardEvent) => onKey(event);
    window.addEventListener("keydown", listen);
    return () => window.removeEventListener("keydown", listen);
  }, [view]);
  return (
    <BenchContext value={bench}>
      <div
        className={isInspecting ? "frame" : "frame wide"}
        ref={(node) => node?.style.setProperty("--inspector", `${inspectorWidth}px`)}
      >
        <TopBar onPalette={() => setOpen("palette")} onShortcuts={() => setOpen("shortcuts")} />
        <Rail />
        <div className="middle">
          <OverviewStrip />
          <main className="content" aria-label={place.view} key={place.view}>
            <ViewOf name={place.view} />
          </main>
        </div>
        {isInspecting && (
          <Inspector width={inspectorWidth} onWidth={setInspectorWidth} onClose={() => setInspecting(false)} />
        )}
        <StatusLine said={said} />
        {open === "palette" && <Palette onClose={() => setOpen(null)} onShortcuts={() => setOpen("shortcuts")} />}
        {open === "shortcuts" && <ShortcutSheet onClose={() => setOpen(null)} />}
      </div>
    </BenchContext>
  );
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement
  );
}
