import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { analyzeInline } from "../core/engine/run-inline.ts";
import { corpusDir } from "./corpus.ts";

/** Baselines of SMB, NTLM and Kerberos: log, test, trace, and whether Zeek checked checksums. */
const CASES: readonly { table: string; baseline: string; trace: string; verifyChecksums: boolean }[] = [
  of("smb_files", "scripts.base.protocols.smb.smb2-read-write/smb_files.log", "smb/smb2readwrite.pcap"),
  of("smb_files", "scripts.base.protocols.smb.smb3-multichannel/smb_files.log", "smb/smb3_multichannel.pcap", true),
  of("smb_mapping", "scripts.base.protocols.smb.smb3/smb_mapping.log", "smb/smb3.pcap", true),
  of("ntlm", "scripts.base.protocols.dce-rpc.mapi/ntlm.log", "dce-rpc/mapi.pcap", true),
  of(
    "ntlm",
    "scripts.base.protocols.dce-rpc.ntlm-empty-av-pair-seq/ntlm.log",
    "dce-rpc/ntlm-empty-av-sequence.pcap",
    true,
  ),
  of("ntlm", "scripts.base.protocols.dce-rpc.dce_rpc_ntlm/ntlm.log", "dce-rpc/dce_rpc_ntlm.pcapng", true),
  of("kerberos", "scripts.base.protocols.krb.tgs/kerberos.log", "krb/auth.pcap", true),
  of("kerberos", "scripts.policy.protocols.krb.ticket-logging/kerberos.log", "krb/auth.pcap", true),
  of("kerberos", "scripts.base.protocols.krb.smb_gssapi/kerberos.log", "krb/smb_gssapi.pcap"),
  of("kerberos", "scripts.base.protocols.krb.error-preauth-padata/kerberos.log", "krb/error-preauth-padata.pcap", true),
  of(
    "kerberos",
    "scripts.base.protocols.dce-rpc.spnego-gssapi-kerberos/kerberos.log.445",
    "dce-rpc/kerberos445_auth.pcapng",
  ),
  of(
    "kerberos",
    "scripts.base.protocols.dce-rpc.spnego-gssapi-kerberos/kerberos.log.135",
    "dce-rpc/kerberos135_auth.pcapng",
  ),
];

/** Actions that Zeek logs unless told otherwise; one test has it log all. */
const LOGGED_ACTIONS = new Set([
  "SMB::FILE_OPEN",
  "SMB::FILE_RENAME",
  "SMB::FILE_DELETE",
  "SMB::PRINT_OPEN",
  "SMB::PRINT_CLOSE",
]);

const KEY = ["id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p"] as const;
/** Evidence of the run, not of the traffic. */
const NOT_COMPARED = new Set<string>(["ts", "uid", "fuid", ...KEY]);

const ledger = JSON.parse(readFileSync(new URL("ledgers/zeek-smb.json", import.meta.url), "utf8")) as {
  differences: Record<string, { why: string; lines: string[] }>;
};

const corpus = corpusDir();

describe.skipIf(corpus === null)(
  "SMB, NTLM and Kerberos agree with Zeek's baselines (skipped without the corpus)",
  () => {
    let same = 0;
    let all = 0;
    for (const { table, baseline, trace, verifyChecksums } of CASES) {
      it(`${baseline}: differences are the known ones`, async () => {
        const zeek = readZeekLog(join(corpus!, "zeek/Baseline", baseline));
        const result = await analyzeInline([join(corpus!, "zeek/Traces", trace)], { verifyChecksums });
        const theirs = zeek.rows.filter((row) => LOGGED_ACTIONS.has(row["action"] ?? "SMB::FILE_OPEN"));
        const ours = [...(result.rows.get(table) ?? [])];
        const differences: string[] = [];
        for (const row of theirs) {
          const index = ours.findIndex((own) => isMatch(own, row));
          const own = ours[index];
          if (own !== undefined) ours.splice(index, 1);
          for (const field of zeek.fields) {
            if (NOT_COMPARED.has(field)) continue;
            all++;
            const text = row[field] ?? "-";
            if (own !== undefined && (zeekText(own[field]) === text || isTimeOf(own[field], text))) same++;
            else
              differences.push(
                `${nameOf(row)}: ${field} is ${own === undefined ? "in no row" : zeekText(own[field])}, Zeek ${text}`,
              );
          }
        }
        for (const own of ours)
          differences.push(
            `row of ours alone: ${zeekText(own["action"] ?? own["request_type"])} ${zeekText(own["name"])}`,
          );
        expect(differences).toEqual(ledger.differences[baseline]?.lines ?? []);
      });
    }

    it("agrees in at least 95 % of the fields", () => {
      expect(same / all).toBeGreaterThanOrEqual(0.95);
    });
  },
);

function of(table: string, baseline: string, trace: string, verifyChecksums = false) {
  return { table, baseline, trace, verifyChecksums };
}

/** Same connection, and of a file the same action and name. */
function isMatch(own: Readonly<Record<string, unknown>>, row: ZeekRow): boolean {
  const fields = "action" in row ? [...KEY, "action", "name", "size"] : [...KEY, ...("path" in row ? ["path"] : [])];
  return fields.every((field) => zeekText(own[field]) === row[field]);
}

/** True if our time (ns) is Zeek's (seconds as text) but for the microsecond that its floating point may be off. */
function isTimeOf(value: unknown, text: string): boolean {
  return typeof value === "bigint" && /^\d+\.\d{6}$/.test(text) && Math.abs(Number(value) / 1e9 - Number(text)) < 2e-6;
}

/** Zeek's text of a value of ours that is no time: lists joined, backslashes doubled. */
function zeekText(value: unknown): string {
  if (value === null || value === undefined) return "-";
  if (typeof value === "boolean") return value ? "T" : "F";
  if (Array.isArray(value)) return value.length === 0 ? "(empty)" : value.map(zeekText).join(",");
  if (typeof value === "string") return value === "" ? "(empty)" : value.replaceAll("\\", "\\\\");
  return typeof value === "number" || typeof value === "bigint" ? value.toString() : "?";
}

function nameOf(row: ZeekRow): string {
  return `${row["id.orig_p"] ?? ""} ${row["action"] ?? row["request_type"] ?? ""} ${row["name"] ?? row["path"] ?? ""}`.trim();
}

/** Field -> text of its cell. */
type ZeekRow = Readonly<Record<string, string>>;

/** Reads a log with Zeek's header lines, or one that has a line of names only (`zeek-cut -m`). */
function readZeekLog(path: string): { fields: readonly string[]; rows: readonly ZeekRow[] } {
  let fields: string[] = [];
  const rows: ZeekRow[] = [];
  for (const line of readFileSync(path, "utf8").split("\n")) {
    if (line === "" || line.startsWith("### ")) continue;
    if (line.startsWith("#fields\t")) fields = line.split("\t").slice(1);
    else if (line.startsWith("#")) continue;
    else if (fields.length === 0) fields = line.split("\t");
    else rows.push(Object.fromEntries(line.split("\t").map((cell, i) => [fields[i] ?? `column ${i}`, cell])));
  }
  return { fields, rows };
}
