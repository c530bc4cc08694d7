import { DuckDBInstance } from "@duckdb/node-api";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { ArrivedLooks } from "./arrived-looks.ts";

let instance: DuckDBInstance;
beforeAll(async () => {
  instance = await DuckDBInstance.create(":memory:");
});
afterAll(() => {
  instance.closeSync();
});

it("spreads the tables that came in one turn over its connections, and keeps them there", async () => {
  const connections = [await instance.connect(), await instance.connect()];
  const sources = ["a", "b", "c", "d"];
  for (const source of sources) await connections[0]!.run(`CREATE TABLE ${source} AS SELECT 1 AS x`);
  const looks = await ArrivedLooks.make(connections);
  const prepared = connections.map((connection) => vi.spyOn(connection, "prepare"));
  const look = async (condition: string) => {
    await looks.at(sources.map((source) => ({ source, from: 0, first: [] })));
    const met = await Promise.all(sources.map((source) => looks.met([condition], source)));
    expect(met).toEqual(sources.map(() => new Map([[condition, false]])));
  };
  await look("x = 1");
  expect(prepared.map(({ mock }) => mock.calls.length)).toEqual([2, 2]);
  looks.release();
  await look("x > 0");
  expect(prepared.map(({ mock }) => mock.calls.length)).toEqual([4, 4]);
  looks.release();
  for (const connection of connections) connection.closeSync();
});
