import { DuckDBInstance } from "@duckdb/node-api";
import { expect, it } from "vitest";
import { cancellable, isCancelled, QueryTurns } from "./cancellation.ts";

it("ends the query of the work that was given up, and no other one of its connection", async () => {
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  const turns = new QueryTurns(connection);
  const ask = (sql: string) => turns.take(async (on) => (await on.runAndReadAll(sql)).getRows());
  const given = new AbortController();
  const endless = "SELECT count(*) FROM range(10000000000) a, range(10000000000) b";
  const outcome = (work: Promise<unknown>) =>
    work.then(
      () => "answered",
      (error: unknown) => (isCancelled(error) ? "cancelled" : String(error)),
    );
  const first = outcome(cancellable(given.signal, () => ask(endless)));
  const behind = outcome(cancellable(given.signal, () => ask("SELECT 1")));
  const other = ask("SELECT 2 AS n");
  setTimeout(() => given.abort(), 100);
  expect(await first).toBe("cancelled");
  expect(await behind).toBe("cancelled");
  expect(await other).toEqual([[2]]);
  expect(turns.waiting).toBe(0);
  connection.closeSync();
  instance.closeSync();
});
