import type { JournalEntry, Json } from "./journal.ts";

/** Where an entry that was taken over from another copy's journal was first written: `detail.of` of such an entry. */
export interface TakenFrom {
  readonly entry: number;
  readonly hash: string;
  readonly actor: string;
  readonly host: string;
  readonly at: string;
}

/** What an entry says of where it was taken over from; null for one that was written here. */
export function takenFrom({ detail }: Pick<JournalEntry, "detail">): TakenFrom | null {
  const of = detail["of"];
  if (typeof of !== "object" || of === null || Array.isArray(of)) return null;
  const { entry, hash, actor, host, at } = of as { readonly [key: string]: Json };
  const isWhole = typeof entry === "number" && [hash, actor, host, at].every((text) => typeof text === "string");
  return isWhole ? (of as unknown as TakenFrom) : null;
}

/** Where an entry was first written: its own hash, or that of the entry it was taken over from. */
export function originOf(entry: JournalEntry): string {
  return takenFrom(entry)?.hash ?? entry.hash;
}
