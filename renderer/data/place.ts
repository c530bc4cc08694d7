import type { Narrowing } from "../../core/contracts/window.ts";
import type { ViewName } from "../../core/contracts/views.ts";
import { VIEWS } from "../../core/contracts/views.ts";

export type { ViewName } from "../../core/contracts/views.ts";
export { VIEWS } from "../../core/contracts/views.ts";

export const TABS = ["Why", "Records", "Stream", "Packets", "Notes"] as const;
export type Tab = (typeof TABS)[number];

/** What is selected, in every view at once. */
export interface Pick {
  readonly kind: "finding" | "session" | "host" | "range";
  /** Of a range: "FROM-TO" in ns, the same twice for a moment. */
  readonly id: string;
}

/** What the address keeps of the window, so that a reload or a bookmark comes back to it. */
export interface Place extends Narrowing {
  readonly view: ViewName;
  readonly pick: Pick | null;
  readonly tab: Tab;
  /** Record table that Sessions shows. */
  readonly table: string;
}

const KINDS = ["finding", "session", "host", "range"] as const;

const RANGE = /^(\d{1,19})-(\d{1,19})$/;

/** Begin and end of a range that is selected. */
export function rangeOf(id: string): { readonly from: string; readonly to: string } {
  const [, from = "0", to = "0"] = RANGE.exec(id) ?? [];
  return { from, to };
}

/** The place that a text behind `#` names; what it does not name is as at first. */
export function placeOf(hash: string): Place {
  const parts = new URLSearchParams(hash.slice(1));
  const [kind, ...rest] = (parts.get("pick") ?? "").split(":");
  const id = rest.join(":");
  const known = KINDS.find((each) => each === kind && (each !== "range" || RANGE.test(id)));
  return {
    view: VIEWS.find((name) => name === parts.get("view")) ?? "Story",
    pick: known === undefined ? null : { kind: known, id },
    tab: TABS.find((name) => name === parts.get("tab")) ?? "Why",
    table: parts.get("table") ?? "conn",
    filter: parts.get("filter") ?? "",
    from: timeOf(parts.get("from")),
    to: timeOf(parts.get("to")),
  };
}

/** The text behind `#` for a place. */
export function hashOf({ view, pick, tab, table, filter, from, to }: Place): string {
  const parts = new URLSearchParams({ view });
  if (pick !== null) parts.set("pick", `${pick.kind}:${pick.id}`);
  if (tab !== "Why") parts.set("tab", tab);
  if (table !== "conn") parts.set("table", table);
  if (filter !== "") parts.set("filter", filter);
  if (from !== null) parts.set("from", from);
  if (to !== null) parts.set("to", to);
  return parts.toString();
}

/** The address is typed by people and programs: what is no time in ns is no bound. */
function timeOf(text: string | null): string | null {
  if (text === null || !/^-?\d{1,19}$/.test(text)) return null;
  return BigInt.asIntN(64, BigInt(text)) === BigInt(text) ? text : null;
}
