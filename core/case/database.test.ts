import { copyFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { scratchFolder } from "../../test/sample-captures.ts";
import { buildDatabase, closeDatabase, connectDatabase } from "./database.ts";

const scratch = scratchFolder();
afterAll(() => scratch.remove());

it("opens what a crash left, also where its log takes more memory than there is", async () => {
  const [path, crashed, tmp] = ["a.duckdb", "b.duckdb", "tmp"].map((name) => join(scratch.path, name)) as [
    string,
    string,
    string,
  ];
  mkdirSync(join(tmp, "export"), { recursive: true });
  await buildDatabase(path, tmp, [], {});
  const database = await connectDatabase(path, tmp, {});
  // Each column takes a block of memory for its next row.
  const columns = Array.from({ length: 40 }, (_, i) => `'x' AS c${i}`).join();
  for (let i = 0; i < 20; i++) await database.write.run(`CREATE TABLE t${i} AS SELECT ${columns}`);
  await database.write.run("CHECKPOINT");
  for (let i = 0; i < 20; i++) await database.write.run(`INSERT INTO t${i} SELECT ${columns}`);
  for (const end of ["", ".wal"]) copyFileSync(`${path}${end}`, `${crashed}${end}`);
  closeDatabase(database);
  const again = await connectDatabase(crashed, tmp, { memoryLimit: 32 * 1024 * 1024 });
  expect((await again.write.runAndReadAll("SELECT c39 FROM t19")).getRows()).toEqual([["x"], ["x"]]);
  closeDatabase(again);
});
