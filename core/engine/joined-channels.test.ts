import { join } from "node:path";
import { expect, it } from "vitest";
import { RECORDED } from "../../test/recorded-samples.ts";
import { RecordTables } from "../../test/record-tables.ts";
import { joinChannels } from "./joined-channels.ts";
import { analyzeInline } from "./run-inline.ts";

async function tablesOf(name: string): Promise<RecordTables> {
  const tables = await RecordTables.create();
  await tables.load((await analyzeInline([join(RECORDED, `${name}.pcapng`)])).chunks);
  return tables;
}

async function lines(tables: RecordTables, sql: string): Promise<string[]> {
  const rows = await tables.rows(sql);
  return rows.map((row) =>
    Object.values(row as Record<string, string | number | null>)
      .map((value) => String(value ?? "-"))
      .join(" | "),
  );
}

const OPERATIONS = `SELECT "id.orig_h", action, path, name, "user" FROM smb_operations ORDER BY ts`;
const LEDGER = `SELECT "id.orig_h", actor, operation, outcome, share, object, new_object, coalesce(octets_read, octets_written) FROM archive_op ORDER BY ts, n`;

it("joins the channels of a session over two pairs of addresses: names, share, ledger, and no digest of a half", async () => {
  const tables = await tablesOf("smb-channels");
  expect((await lines(tables, OPERATIONS)).filter((line) => line.includes("| -"))).toHaveLength(6);
  await joinChannels(tables);
  // What the client did, call by call: see samples/recorded/smb-channels-client.py.
  const share = "\\\\10.99.0.1\\repo";
  const [full, old, older] = ["full", "old", "older"].map((name) => `jobs\\${name}.vbk`);
  expect(await lines(tables, OPERATIONS)).toEqual(
    [
      `10.99.0.2 | open | SHARE | ${full}`,
      `10.99.0.2 | transfer | SHARE | ${full}`,
      `10.99.0.12 | transfer | SHARE | ${full}`,
      `10.99.0.2 | open | SHARE | ${full}`,
      `10.99.0.12 | transfer | SHARE | ${full}`,
      `10.99.0.2 | open | SHARE | ${old}`,
      `10.99.0.12 | rename | SHARE | ${old}`,
      `10.99.0.12 | truncate | SHARE | ${old}.locked`,
      `10.99.0.12 | open | SHARE | ${older}`,
      `10.99.0.2 | delete | SHARE | ${older}`,
    ].map((line) => `${line.replace("SHARE", () => share)} | operator`),
  );
  const ledger = await lines(tables, LEDGER);
  expect(ledger).toEqual([
    `10.99.0.2 | operator | create | granted | ${share} | ${full} | - | -`,
    `10.99.0.2 | operator | write | granted | ${share} | ${full} | - | 8192`,
    `10.99.0.12 | operator | write | granted | ${share} | ${full} | - | 8192`,
    `10.99.0.12 | operator | read | granted | ${share} | ${full} | - | 8192`,
    `10.99.0.12 | operator | rename | granted | ${share} | ${old} | ${old}.locked | -`,
    `10.99.0.2 | operator | delete | granted | ${share} | ${older} | - | -`,
  ]);
  expect(await lines(tables, "SELECT object, state, sha256 FROM object_version")).toEqual([
    `${full} | interleaved | -`,
  ]);
  // A second run over the same case adds nothing.
  await joinChannels(tables);
  expect(await lines(tables, LEDGER)).toHaveLength(ledger.length);
  tables.close();
});

it("leaves sessions of one channel as they are", async () => {
  const tables = await tablesOf("smb-files");
  const before = await lines(tables, LEDGER);
  await joinChannels(tables);
  expect(await lines(tables, LEDGER)).toEqual(before);
  tables.close();
});
