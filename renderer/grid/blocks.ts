import { useEffect, useRef, useState } from "react";
import type { Api } from "../../core/contracts/api.ts";
import type { TextPage } from "../../core/contracts/window.ts";
import { call } from "../data/client.ts";

/** Rows asked for at once, and blocks kept: what is on screen and around it, whatever the table's size. */
export const BLOCK = 100;
const MOST_BLOCKS = 60;

type Request = Omit<Api["records.page"][0], "first" | "count">;

/** Rows of one table under one narrowing, as far as they were read. */
interface Blocks {
  readonly key: string;
  readonly blocks: Map<number, TextPage | "asked">;
  head: TextPage | null;
  failed: string | null;
  /** Those of the narrowing before. */
  readonly old: Blocks | null;
}

function empty(key: string, before: Blocks | null): Blocks {
  const last = before?.head === null ? before.old : before;
  return { key, blocks: new Map(), head: null, failed: null, old: last === null ? null : { ...last, old: null } };
}

/** What is known of a table's rows. */
export interface Rows {
  readonly state: "loading" | "failed" | "ready";
  /** True while the rows are those of the narrowing before. */
  readonly isOld: boolean;
  readonly message: string;
  readonly columns: TextPage["columns"];
  readonly total: number;
  readonly row: (index: number) => readonly string[] | null;
}

/** Rows of a table under a narrowing, read block by block as they come into sight. */
export function useRows(request: Request, first: number, last: number): Rows {
  const key = JSON.stringify(request);
  const [, redraw] = useState(0);
  const cache = useRef<Blocks>(empty("", null));
  if (cache.current.key !== key) cache.current = empty(key, cache.current);
  // Until the first answer the rows of the narrowing before stay, as long as they are of the same table.
  const { old } = cache.current;
  const isOld = cache.current.head === null && cache.current.failed === null && old !== null;
  const now = isOld ? old : cache.current;
  const from = Math.floor(Math.max(0, first) / BLOCK);
  const to = Math.floor(Math.max(0, last) / BLOCK);
  const isKnown = cache.current.head !== null;
  useEffect(() => {
    const mine = cache.current;
    // What is around the rows in sight is read after them.
    const until = isKnown ? to : from;
    for (let block = from; block <= until; block++) {
      if (mine.blocks.has(block) || mine.failed !== null) continue;
      mine.blocks.set(block, "asked");
      void call("records.page", { ...(JSON.parse(key) as Request), first: block * BLOCK, count: BLOCK }).then(
        (result) => {
          if (cache.current !== mine) return;
          if (result.ok) {
            mine.blocks.set(block, result.value);
            mine.head ??= result.value;
            drop(mine.blocks, block);
          } else mine.failed = result.error.message;
          redraw((count) => count + 1);
        },
      );
    }
  }, [key, from, to, isKnown]);
  return {
    isOld,
    state: now.failed !== null ? "failed" : now.head === null ? "loading" : "ready",
    message: now.failed ?? "",
    columns: now.head?.columns ?? [],
    total: now.head?.total ?? 0,
    row: (index) => {
      const block = now.blocks.get(Math.floor(index / BLOCK));
      return block === undefined || block === "asked" ? null : (block.rows[index % BLOCK] ?? null);
    },
  };
}

/** Forgets the blocks that are farthest from one. */
function drop(blocks: Map<number, unknown>, near: number): void {
  while (blocks.size > MOST_BLOCKS) {
    const farthest = [...blocks.keys()].reduce((a, b) => (Math.abs(b - near) > Math.abs(a - near) ? b : a));
    blocks.delete(farthest);
  }
}
