import type { MouseEvent } from "react";
import { dateTime } from "../../core/contracts/text-forms.ts";
import type { Bench } from "../bench.ts";
import { useBench } from "../bench.ts";
import { filterValue, withCondition } from "../data/conditions.ts";
import type { Pick } from "../data/place.ts";
import type { MenuItem } from "./context-menu.tsx";
import { shortened } from "./context-menu.tsx";

/** What a menu can be opened on, in any view. */
export type PivotTarget =
  | { readonly kind: "host" | "finding" | "session"; readonly id: string }
  /** Times in ns; a moment is a range without length. */
  | { readonly kind: "range"; readonly from: string; readonly to: string }
  | { readonly kind: "pair"; readonly source: string; readonly target: string }
  /** A value of a record's column, and the kind of a column that filters know; null for one that they do not. */
  | { readonly kind: "value"; readonly column: string; readonly of: string | null; readonly value: string };

/** Opens the menu of what is pointed at, or, by the menu key, of what has the focus. */
export function usePivots(): (event: MouseEvent, target: PivotTarget) => void {
  const bench = useBench();
  return (event, target) => {
    event.preventDefault();
    event.stopPropagation();
    const isByKey = event.clientX === 0 && event.clientY === 0;
    const box = event.currentTarget.getBoundingClientRect();
    bench.openMenu({
      x: isByKey ? box.left + 8 : event.clientX,
      y: isByKey ? box.bottom : event.clientY,
      label: labelOf(target, bench),
      items: pivotItems(target, bench),
    });
  };
}

function labelOf(target: PivotTarget, { hosts }: Bench): string {
  switch (target.kind) {
    case "pair":
      return `On ${hosts.short(target.source)} and ${hosts.short(target.target)}`;
    case "range":
      return "On the time";
    case "value":
      return `On ${target.column}`;
    case "host":
      return `On ${hosts.full(target.id)}`;
    case "finding":
    case "session":
      return `On ${target.kind} ${target.id}`;
  }
}

/** What can be done from something: narrow to it or away from it, see it from another side, note, hand it over. */
function pivotItems(target: PivotTarget, bench: Bench): MenuItem[] {
  switch (target.kind) {
    case "host":
      return hostItems(target.id, bench);
    case "session":
      return [...sessionItems(target.id, bench), ...noteItems({ kind: "session", id: target.id }, bench)];
    case "finding":
      return findingItems(target.id, bench);
    case "range":
      return rangeItems(target.from, target.to, bench);
    case "value":
      return valueItems(target, bench);
    case "pair":
      return [
        only(`Only between these two`, `host == ${target.source} and host == ${target.target}`, bench),
        ...[target.source, target.target].map((host) => only(`Same host: ${host}`, `host == ${host}`, bench)),
      ];
  }
}

function only(label: string, condition: string, { narrow, narrowing }: Bench): MenuItem {
  return { label, run: () => narrow({ filter: withCondition(narrowing.filter, condition) }) };
}

function hostItems(address: string, bench: Bench): MenuItem[] {
  const { select, go } = bench;
  const pick: Pick = { kind: "host", id: address };
  return [
    only("Only this host", `host == ${address}`, bench),
    only("Not this host", `not host == ${address}`, bench),
    { label: "What is known of it", run: () => select(pick, "Why") },
    {
      label: "Its sessions",
      run: () => {
        only("", `host == ${address}`, bench).run();
        go({ view: "Sessions", table: "conn" });
      },
    },
    { label: "Change its roles", run: () => bench.editMachine(address) },
    ...noteItems(pick, bench),
    copyItem("Copy address", address, bench),
  ];
}

const ADDRESS = /^(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-f]*:[0-9a-f:.]*:[0-9a-f.]*)$/i;

/** What can be done from a value of a record, wherever it stands. */
function valueItems({ column, of, value }: PivotTarget & { kind: "value" }, bench: Bench): MenuItem[] {
  const { narrow, narrowing } = bench;
  const condition = (text: string) => () => narrow({ filter: withCondition(narrowing.filter, text) });
  const isHost = of === "addr" || ADDRESS.test(value);
  const written = isHost ? value : of === "time" ? `"${value}"` : filterValue(value, of ?? "string");
  const ofValue =
    of === null || of.includes("[")
      ? []
      : [
          { label: `Only ${column} == ${shortened(value)}`, run: condition(`${column} == ${written}`) },
          { label: `Not ${column} == ${shortened(value)}`, run: condition(`not ${column} == ${written}`) },
        ];
  return [
    ...ofValue,
    ...(isHost ? hostItems(value, bench) : []),
    ...(column === "uid" ? sessionItems(value, bench).slice(1) : []),
    copyItem("Copy value", value, bench),
  ];
}

/** What can be done from a session, its notes apart. */
export function sessionItems(uid: string, bench: Bench): MenuItem[] {
  const { select } = bench;
  if (uid === "" || uid.startsWith("P")) return uid === "" ? [] : [only("Only this session", `uid == "${uid}"`, bench)];
  return [
    only("Only this session", `uid == "${uid}"`, bench),
    { label: "Follow stream", run: () => select({ kind: "session", id: uid }, "Stream") },
    { label: "Packets", run: () => select({ kind: "session", id: uid }, "Packets") },
    { label: "Export pcap", run: () => void bench.exportPackets({ kind: "session", id: uid }, false) },
  ];
}

function findingItems(id: string, bench: Bench): MenuItem[] {
  const { story, select } = bench;
  const finding = story.findings.find((each) => each.id === id);
  const pick: Pick = { kind: "finding", id };
  if (finding === undefined) return [];
  const hosts = [...new Set([finding.source, finding.target])].filter((host) => host !== null);
  return [
    { label: "Why it is one", run: () => select(pick, "Why") },
    { label: "Its records", run: () => select(pick, "Records") },
    { label: "Its packets", run: () => select(pick, "Packets") },
    ...(finding.review?.verdict === "confirmed" || bench.view.readOnly
      ? []
      : [{ label: "Confirm", detail: "c", run: () => void bench.review(id, "confirmed", null) }]),
    ...(finding.review === undefined || bench.view.readOnly
      ? []
      : [{ label: "Take the verdict back", run: () => void bench.review(id, null, null) }]),
    ...hosts.map((host) => only(`Same host: ${host}`, `host == ${host}`, bench)),
    ...(finding.user === null
      ? []
      : [only(`Same user: ${shortened(finding.user)}`, `user == ${JSON.stringify(finding.user)}`, bench)]),
    {
      label: "Only its time",
      run: () => bench.narrow({ from: finding.tsFirst, to: finding.tsLast }),
    },
    { label: "Export pcap", run: () => void bench.exportPackets({ kind: "finding", id }, false) },
    ...noteItems(pick, bench),
    copyItem("Copy id", id, bench),
  ];
}

function rangeItems(from: string, to: string, bench: Bench): MenuItem[] {
  const pick: Pick = { kind: "range", id: `${from}-${to}` };
  const isMoment = from === to;
  return [
    ...(isMoment
      ? [
          { label: "Only from here on", run: () => bench.narrow({ from }) },
          { label: "Only until here", run: () => bench.narrow({ to }) },
        ]
      : [{ label: "Only this time", run: () => bench.narrow({ from, to }) }]),
    ...noteItems(pick, bench, isMoment ? "Note on this moment" : "Note on this time"),
    copyItem("Copy time", `${dateTime(from, 9)} UTC`, bench),
  ];
}

function noteItems(pick: Pick, bench: Bench, label = "Note"): MenuItem[] {
  if (bench.view.readOnly) return [];
  return [
    { label, run: () => bench.note(pick, "") },
    { label: "Add to report", detail: "as a note", run: () => bench.note(pick, bench.wordsFor(pick)) },
  ];
}

export function copyItem(label: string, text: string, { say }: Bench): MenuItem {
  return {
    label,
    run: () =>
      void navigator.clipboard.writeText(text).then(
        () => say("Copied"),
        () => say("The clipboard is not open to this page"),
      ),
  };
}
