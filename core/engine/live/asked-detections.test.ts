import { describe, expect, it } from "vitest";
import { RECORD_TYPES } from "../record-types.ts";
import type { AskedDetection } from "./asked-detections.ts";
import { askedDetections, isFollowed, learnTelling, takeTurn } from "./asked-detections.ts";
import type { ArrivedRows, TellingRows } from "./telling-rows.ts";

const PICKED = "picked";

/** A detection that needs `dce_rpc`, and of it rows of one condition or more. */
function asked(telling: TellingRows): AskedDetection {
  const found = askedDetections(RECORD_TYPES, new Set()).find(
    ({ detection, named }) => detection.needs.join() === "dce_rpc" && named.has("conn"),
  )!;
  const conn: TellingRows = { conditions: [], isEvery: true };
  learnTelling(
    found,
    new Map([...[...found.named.keys()].map((table) => [table, conn] as const), ["dce_rpc", telling]]),
  );
  return found;
}

const came = (...tables: string[]): ArrivedRows => ({ tables: new Set(tables), met: new Map() });
const picked: ArrivedRows = {
  tables: new Set(["dce_rpc", "conn"]),
  met: new Map([["dce_rpc", new Map([[PICKED, false]])]]),
};
const first: ArrivedRows = { ...picked, met: new Map([["dce_rpc", new Map([[PICKED, true]])]]) };

describe("a detection", () => {
  it("is asked for rows that it picks out, and for what follows these", () => {
    const one = asked({ conditions: [PICKED], isEvery: false });
    expect(takeTurn(one, came("dce_rpc", "conn"))).toBe(false);
    expect([takeTurn(one, picked), one.isRare]).toEqual([true, true]);
    one.isRare = false;
    expect([takeTurn(one, came("dce_rpc", "conn")), one.isRare, isFollowed(one)]).toEqual([true, false, true]);
    expect(takeTurn(one, came("dce_rpc"))).toBe(false);
    for (let turn = 0; turn < 20; turn++) takeTurn(one, came("conn"));
    expect([takeTurn(one, came("conn")), isFollowed(one)]).toEqual([false, false]);
  });

  it("is asked for any row where its query reads some without a condition, but first for those that it picks out", () => {
    const one = asked({ conditions: [PICKED], isEvery: true });
    expect([takeTurn(one, came("dce_rpc")), one.isRare]).toEqual([true, false]);
    expect([takeTurn(one, picked), one.isRare]).toEqual([true, true]);
  });

  it("is told by nothing rare where what it picks out comes all the time, also from the first turn on", () => {
    const one = asked({ conditions: [PICKED], isEvery: false });
    takeTurn(one, picked);
    one.isRare = false;
    for (let turn = 0; turn < 3; turn++) expect([takeTurn(one, picked), one.isRare]).toEqual([true, false]);
  });

  it("is told by something rare where what it picks out comes all the time but from others, until that does too", () => {
    const one = asked({ conditions: [PICKED], isEvery: false });
    const isRareBy = (arrived: ArrivedRows) => {
      takeTurn(one, arrived);
      return one.isRare;
    };
    for (let turn = 0; turn < 10; turn++) isRareBy(picked);
    expect([isRareBy(picked), isRareBy(first), isRareBy(picked)]).toEqual([false, true, true]);
    one.isRare = false;
    expect(isRareBy(picked)).toBe(false);
    for (let turn = 0; turn < 20; turn++) isRareBy(first);
    expect(isRareBy(first)).toBe(false);
  });
});
