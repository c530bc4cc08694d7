import { useCallback, useEffect, useEffectEvent, useMemo, useRef, useState } from "react";
import type { CaseView } from "../core/contracts/api.ts";
import type { Review } from "../core/contracts/annotations.ts";
import { HostNames } from "../core/contracts/host-names.ts";
import { dateTime, visible } from "../core/contracts/text-forms.ts";
import type { Narrowing } from "../core/contracts/window.ts";
import type { Bench } from "./bench.ts";
import { BenchContext } from "./bench.ts";
import { call } from "./data/client.ts";
import { useKept } from "./data/kept.ts";
import { useNarrowingHistory } from "./data/narrowing-history.ts";
import { savePackets } from "./data/packet-files.ts";
import type { Pick, Tab, ViewName } from "./data/place.ts";
import { rangeOf, VIEWS } from "./data/place.ts";
import type { Layout } from "./data/store.ts";
import { keepCase, kept, store } from "./data/store.ts";
import { usePlace } from "./data/use-place.ts";
import { useCall } from "./data/use-call.ts";
import { useScope } from "./data/use-scope.ts";
import { useStored } from "./data/use-stored.ts";
import type { Menu } from "./frame/context-menu.tsx";
import { ContextMenu } from "./frame/context-menu.tsx";
import { Dialog } from "./frame/dialog.tsx";
import { Fault } from "./frame/fault.tsx";
import { OverviewStrip } from "./frame/overview-strip.tsx";
import { Palette } from "./frame/palette.tsx";
import { Rail } from "./frame/rail.tsx";
import { SavedDialog } from "./frame/saved-dialog.tsx";
import { ShortcutSheet } from "./frame/shortcut-sheet.tsx";
import { StatusLine } from "./frame/status-line.tsx";
import { TopBar } from "./frame/top-bar.tsx";
import { Inspector } from "./inspector/inspector.tsx";
import { RoleEditor } from "./inspector/role-editor.tsx";
import { ViewOf } from "./views/view-of.tsx";
import { wireText } from "./wire.tsx";

/** Parts in which the overview is drawn; more than a wide screen has room for would not be seen. */
const BUCKETS = 240;
const NO_REVIEWS: ReadonlyMap<string, Review | null> = new Map();

interface Props {
  readonly view: CaseView;
  /** Another one after estate and findings were found anew. */
  readonly version: string;
  readonly onReload: () => void;
  readonly onLeave: () => void;
}

/** What lies over the window. */
type Opened = "palette" | "shortcuts" | "saved" | { readonly machine: string } | null;

/** The frame: rail, top bar, overview, one view, Inspector, status line; filter, time range and selection are shared. */
export function Workbench({ view, version, onReload, onLeave }: Props) {
  const [place, go] = usePlace();
  const [shown, setShown] = useState(view);
  const [notes, setNotes] = useState(view.notes);
  const [reviews, setReviews] = useState<ReadonlyMap<string, Review | null>>(NO_REVIEWS);
  const [told, setTold] = useState<Partial<CaseView["story"]>>({});
  // The case was read again: what it says goes before what was changed here since the last reading.
  if (shown !== view) {
    setShown(view);
    setNotes(view.notes);
    setReviews(NO_REVIEWS);
    setTold({});
  }
  const reviewsAsked = useRef(0);
  const [said, say] = useState("");
  const [open, setOpen] = useState<Opened>(null);
  const [menu, setMenu] = useState<Menu | null>(null);
  const closeMenu = useCallback(() => setMenu(null), []);
  const [notesBegun, setNotesBegun] = useState(0);
  const [lanes, setLanes] = useKept<string>("timeline-lanes", "phase");
  const columns = useStored(() => store.columns.get([place.table, ""]), undefined, [place.table]);
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
  const matches = useCall("case.matches", narrowing, version);
  const isCounted = overview.state === "ready" && !overview.isOld;
  const prepared = useRef<CaseView | null>(null);
  useEffect(() => {
    if (!isCounted || prepared.current === view) return;
    prepared.current = view;
    void call("case.prepare", {});
  }, [isCounted, view]);
  const left = matches.state === "ready" ? matches.value.findings : null;
  const findings = useMemo(() => {
    if (left === null || left.length === story.findings.length) return story.findings;
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
  const scope = useScope((what) => {
    say(what);
    onReload();
  });
  const note: Bench["note"] = (pick, text) => {
    const key: [string, string] = [view.folder, `${pick.kind}:${pick.id}`];
    const begin = async () => {
      if (text !== "" && (await store.drafts.get(key)) === undefined)
        await store.drafts.put({ folder: key[0], object: key[1], text, at: Date.now() });
    };
    void kept(begin).then(() => {
      setNotesBegun((before) => before + 1);
      select(pick, "Notes");
      requestAnimationFrame(() => document.getElementById("note")?.focus());
    });
  };
  const exportPackets: Bench["exportPackets"] = async (subject, whole) => {
    say("Writing the packets…");
    say(visible(await savePackets(subject, whole)));
  };
  const bench: Bench = {
    view,
    story,
    notes,
    conflicts: view.conflicts.filter(({ object }) => object === null || !reviews.has(object)),
    hosts,
    place,
    narrowing,
    overview,
    matches,
    findings,
    go,
    select,
    narrow,
    undo,
    redo,
    review,
    reload: onReload,
    setNotes,
    version,
    note,
    notesBegun,
    wordsFor: (pick) => wordsFor(pick, story, hosts),
    scope,
    editMachine: (machine) => setOpen({ machine }),
    exportPackets,
    openMenu: setMenu,
    openSaved: () => setOpen("saved"),
    leave: onLeave,
    say,
  };
  const take = ({
    view: name,
    tab,
    table,
    inspector,
    inspectorWidth: width,
    timelineLanes,
    columns: names,
  }: Layout) => {
    setInspecting(inspector);
    setInspectorWidth(width);
    setLanes(timelineLanes);
    void kept(() => store.columns.put({ table, name: "", columns: names }));
    go({ view: name, tab, table });
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
    void keepCase({
      folder: view.folder,
      name: view.story.case.name,
      openedAt: Date.now(),
      findings: view.story.findings.length,
      octets: view.story.coverage.captures.reduce((sum, { octets }) => sum + octets, 0),
    });
    document.title = `${wireText(view.story.case.name)} · Backtrail`;
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
            <Fault what={`The view ${place.view}`}>
              <ViewOf name={place.view} />
            </Fault>
          </main>
        </div>
        {isInspecting && (
          <Inspector width={inspectorWidth} onWidth={setInspectorWidth} onClose={() => setInspecting(false)} />
        )}
        <StatusLine said={said} />
        {open === "palette" && (
          <Palette onClose={() => setOpen(null)} onShortcuts={() => setOpen("shortcuts")} onLayout={take} />
        )}
        {open === "shortcuts" && <ShortcutSheet onClose={() => setOpen(null)} />}
        {open === "saved" && (
          <SavedDialog
            layout={{
              view: place.view,
              tab: place.tab,
              table: place.table,
              inspector: isInspecting,
              inspectorWidth,
              timelineLanes: lanes,
              columns: columns?.columns ?? [],
            }}
            onLayout={take}
            onClose={() => setOpen(null)}
          />
        )}
        {open !== null && typeof open === "object" && (
          <Dialog label={`Roles of ${hosts.full(open.machine)}`} onClose={() => setOpen(null)}>
            <h2>{hosts.full(open.machine)}</h2>
            <RoleEditor address={open.machine} onDone={() => setOpen(null)} />
          </Dialog>
        )}
        {menu !== null && <ContextMenu menu={menu} onClose={closeMenu} />}
      </div>
    </BenchContext>
  );
}

/** Something in one sentence, as a report would have it. */
function wordsFor({ kind, id }: Pick, story: CaseView["story"], hosts: HostNames): string {
  if (kind === "finding") {
    const finding = story.findings.find((each) => each.id === id);
    return finding === undefined ? "" : `${dateTime(finding.tsFirst)} UTC: ${finding.explanation}`.slice(0, 2000);
  }
  if (kind === "host") return `${hosts.full(id)}${hosts.role(id) === null ? "" : `, ${hosts.role(id)}`}: `;
  if (kind === "session") return `Session ${id}: `;
  const { from, to } = rangeOf(id);
  return from === to ? `${dateTime(from, 3)} UTC: ` : `${dateTime(from)} to ${dateTime(to)} UTC: `;
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement
  );
}
