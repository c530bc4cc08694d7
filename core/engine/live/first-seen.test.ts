import { expect, it } from "vitest";
import { RECORD_TYPES } from "../record-types.ts";
import { dceRpcRecord } from "../../protocols/dce-rpc/records.ts";
import type { TableChunk } from "../../records/table-chunk.ts";
import { TableBuilder } from "../../records/table-chunk.ts";
import { FirstSeen } from "./first-seen.ts";

const at = { ts: 1n, capture: 1, frame: 1 };

type Call = readonly [host: number, operation: string];

/** Calls between the same two hosts but for the last part of the server's address. */
function calls(...rows: readonly Call[]): TableChunk {
  const builder = new TableBuilder(dceRpcRecord);
  for (const [i, [host, operation]] of rows.entries())
    builder.append(
      { uid: `C${i}`, origH: "10.0.0.1", origP: i, respH: `10.0.0.${host}`, respP: 445 },
      i,
      { endpoint: "svcctl", operation },
      at,
      at,
    );
  return builder.take();
}

it("tells rows of hosts that have not done such a thing before, for some turns", () => {
  const seen = new FirstSeen(RECORD_TYPES);
  const turn = (...rows: readonly Call[]) => {
    seen.turn();
    return seen.rows(calls(...rows));
  };
  for (let times = 0; times < 5; times++) expect(turn([2, "OpenSCManagerW"])).toEqual([0]);
  expect(turn([2, "OpenSCManagerW"], [2, "CreateServiceW"], [3, "OpenSCManagerW"])).toEqual([1, 2]);
  expect(turn([2, "OpenSCManagerW"], [2, "CreateServiceW"])).toEqual([1]);
});

it("tells none where so many are new that they do not stand out", () => {
  const seen = new FirstSeen(RECORD_TYPES);
  seen.turn();
  expect(seen.rows(calls(...Array.from({ length: 101 }, (_, i) => [i, "OpenSCManagerW"] as const)))).toEqual([]);
});

it("forgets those first of which nothing came for longest", () => {
  const seen = new FirstSeen(RECORD_TYPES, 8);
  const turn = (...rows: readonly Call[]) => {
    seen.turn();
    return seen.rows(calls(...rows)).length;
  };
  for (let times = 0; times < 6; times++) turn([1, "A"]);
  for (let host = 2; host < 40; host++) expect(turn([1, "A"], [host, "A"])).toBe(1);
  for (let times = 0; times < 5; times++) turn([1, "A"]);
  expect(turn([2, "A"])).toBe(1);
});
