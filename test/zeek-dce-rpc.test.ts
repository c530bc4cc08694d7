import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { analyzeInline } from "../core/engine/run-inline.ts";
import type { DceRpcRow } from "../core/protocols/dce-rpc/records.ts";
import { isInZeekLog } from "../core/protocols/dce-rpc/records.ts";
import { corpusDir } from "./corpus.ts";

/** Captures with the dce_rpc.log that Zeek made of them, and what is known to differ. */
const CASES: readonly { capture: string; log: string; verifyChecksums: boolean; missing: readonly string[] }[] = [
  {
    capture: "zeek/Traces/dce-rpc/mapi.pcap",
    log: "zeek/Baseline/scripts.base.protocols.dce-rpc.mapi/dce_rpc.log",
    verifyChecksums: true,
    // When the connection ends, Zeek writes the last answered call a second time because another call is open.
    missing: ["192.168.0.173:1073 exchange_mapi EcRRegisterPushNotification"],
  },
  {
    capture: "zeek/Traces/smb/dssetup_DsRoleGetPrimaryDomainInformation_standalone_workstation.cap",
    log: "zeek/Baseline/scripts.base.protocols.smb.smb1-transaction-dcerpc/dce_rpc.log",
    verifyChecksums: false,
    missing: [],
  },
  {
    capture: "attack/otrf/apt29-day2-SCRANTON.cap",
    log: "attack/otrf/apt29-day2-SCRANTON.zeek/dce_rpc.log",
    verifyChecksums: false,
    missing: [],
  },
];

const FIELDS = ["rtt", "named_pipe", "endpoint", "operation"] as const;

const corpus = corpusDir();

describe.skipIf(corpus === null)("dce_rpc agrees with Zeek's logs (skipped without the corpus)", () => {
  it.each(CASES)("$capture", async ({ capture, log, verifyChecksums, missing }) => {
    const theirs = zeekRows(readFileSync(join(corpus!, log), "utf8"));
    const { rows } = await analyzeInline([join(corpus!, capture)], { verifyChecksums });
    const connections = new Set(theirs.map(connectionOf));
    const ours = (rows.get("dce_rpc") ?? []).filter(
      // Zeek's test of MAPI does not load SMB, so it knows nothing of the calls in pipes.
      (row) => isInZeekLog(row as DceRpcRow) && connections.has(connectionOf(row)),
    );
    const lost: string[] = [];
    for (const row of theirs) {
      const at = ours.findIndex((mine) => connectionOf(mine) === connectionOf(row));
      const mine = at < 0 ? undefined : ours.splice(at, 1)[0];
      if (mine === undefined) {
        lost.push(`${connectionOf(row)} ${row["endpoint"]} ${row["operation"]}`);
        continue;
      }
      for (const field of FIELDS) {
        const theirCell = row[field] ?? "-";
        if (field === "rtt" && theirCell !== "-") {
          expect(Math.abs(Number(mine["rtt"]) - Number(theirCell) * 1e9)).toBeLessThan(2000);
        } else {
          expect(mine[field] ?? "-").toBe(theirCell);
        }
      }
    }
    expect(lost).toEqual(missing);
    expect(ours.map((row) => `${connectionOf(row)} ${String(row["operation"])}`)).toEqual([]);
  });
});

function connectionOf(row: Readonly<Record<string, unknown>>): string {
  return `${String(row["id.orig_h"] ?? row["id_orig_h"])}:${String(row["id.orig_p"] ?? row["id_orig_p"])}`;
}

/** Rows of a log in Zeek's ASCII form or as JSON lines, cells as text. */
function zeekRows(text: string): Record<string, string>[] {
  let fields: readonly string[] = [];
  const rows: Record<string, string>[] = [];
  for (const line of text.split("\n")) {
    if (line.startsWith("#fields")) fields = line.split("\t").slice(1);
    else if (line.startsWith("{")) {
      const object = JSON.parse(line) as Record<string, unknown>;
      rows.push(Object.fromEntries(Object.entries(object).map(([name, value]) => [name, String(value)])));
    } else if (line !== "" && !line.startsWith("#")) {
      const cells = line.split("\t");
      rows.push(Object.fromEntries(fields.map((field, i) => [field, (cells[i] ?? "-").replaceAll("\\\\", "\\")])));
    }
  }
  return rows;
}
