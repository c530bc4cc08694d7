import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { InlineResult } from "../core/engine/run-inline.ts";
import { analyzeInline } from "../core/engine/run-inline.ts";
import type { GivenSecrets } from "../core/engine/secrets/given-secrets.ts";
import { NOTHING_GIVEN } from "../core/engine/secrets/given-secrets.ts";
import { readSecrets } from "../core/engine/secrets/read-secrets.ts";
import { asPcap } from "./generated-captures.ts";
import { snapped, withGaps } from "./hardship.ts";
import { readAll, Workplace } from "./read-captures.ts";
import { RECORDED } from "./recorded-samples.ts";

const place = new Workplace();
afterAll(() => place.remove());

type Row = Readonly<Record<string, unknown>>;

const SMB = join(RECORDED, "smb-sealed.pcapng");
const RPC = join(RECORDED, "rpc-sealed.pcapng");
const KEYTAB = join(RECORDED, "rpc-sealed.keytab");

function hashesOf(name: string): string[] {
  return readFileSync(join(RECORDED, `${name}.secrets`), "latin1")
    .trim()
    .split("\n");
}

function secretsFor(name: string, keytabs: readonly string[] = []): GivenSecrets {
  return readSecrets({ ntHashes: hashesOf(name), keytabs }).given;
}

/** Rows of a table by connection, in the order in which the connections began. */
function byConnection(result: InlineResult, table: string): Row[][] {
  const groups = new Map<unknown, Row[]>();
  for (const row of result.rows.get(table) ?? []) {
    const group = groups.get(row["uid"]);
    if (group === undefined) groups.set(row["uid"], [row]);
    else group.push(row);
  }
  return [...groups.values()];
}

function only(rows: readonly Row[] | undefined, columns: readonly string[]): unknown[][] {
  return (rows ?? []).map((row) => columns.map((column) => row[column]));
}

function sealedOctets({ rows }: InlineResult): number {
  let octets = 0;
  for (const row of rows.get("smb_operations") ?? [])
    if (row["action"] === "sealed") octets += Number(row["bytes_read"]) + Number(row["bytes_written"]);
  return octets;
}

describe("SMB 3 encryption", () => {
  const columns = ["action", "status", "outcome", "name", "bytes_read", "bytes_written"];

  it("hides everything without a secret", async () => {
    const { rows } = await analyzeInline([SMB]);
    expect(rows.get("decryption")).toBeUndefined();
    const sealed = rows.get("smb_operations")!.filter((row) => row["action"] === "sealed");
    expect(sealed).toHaveLength(8);
  });

  it.each([[{}], [{ shards: 3 }], [{ chunkOctets: 1000 }]])(
    "gives the records of the same actions in clear, in every dialect and cipher (%o)",
    async (options) => {
      const result = await analyzeInline([SMB], { secrets: secretsFor("smb-sealed"), ...options });
      expect(result.failures).toEqual([]);
      expect(sealedOctets(result)).toBe(0);
      const [clear, ...sealed] = byConnection(result, "smb_operations").map((rows) => only(rows, columns));
      expect(clear!.length).toBeGreaterThan(8);
      for (const rows of sealed.slice(0, 7)) expect(rows).toEqual(clear);
      const [clearFiles, ...files] = byConnection(result, "smb_files").map((rows) =>
        only(rows, ["action", "name", "size", "prev_name"]),
      );
      expect(clearFiles!.length).toBeGreaterThan(3);
      for (const rows of files.slice(0, 7)) expect(rows).toEqual(clearFiles);
      const opened = only(result.rows.get("decryption"), [
        "cipher",
        "secret_of",
        "orig_failed",
        "resp_failed",
        "failure",
      ]);
      const [cipher, whose] = [opened.map(([name]) => name), opened.map(([, of]) => of)];
      expect(cipher.slice(0, 7)).toEqual([
        "AES-128-CCM",
        "AES-128-CCM",
        "AES-128-CCM",
        "AES-128-GCM",
        "AES-256-CCM",
        "AES-256-GCM",
        "AES-128-GCM",
      ]);
      expect(new Set(whose)).toEqual(new Set(["LAB\\root"]));
      expect(opened.every(([, , orig, resp, failure]) => orig === 0n && resp === 0n && failure === null)).toBe(true);
    },
  );

  it("shows what goes through an encrypted pipe", async () => {
    const { rows } = await analyzeInline([SMB], { secrets: secretsFor("smb-sealed") });
    const calls = only(rows.get("dce_rpc"), ["endpoint", "operation", "target_name"]);
    expect(calls).toContainEqual(["srvsvc", "NetrShareAdd", "stage"]);
    const without = await analyzeInline([SMB]);
    expect(without.rows.get("dce_rpc")).toBeUndefined();
  });

  it("says once a connection that a hash is not the one that was used", async () => {
    const { given } = readSecrets({ ntHashes: ["root:00112233445566778899aabbccddeeff"] });
    const { rows } = await analyzeInline([SMB], { secrets: given });
    const said = only(rows.get("decryption"), ["secret_of", "orig_octets", "resp_octets", "failure"]);
    expect(said).toHaveLength(9);
    expect(new Set(said.map(String))).toEqual(new Set(["root,0,0,the hash is not the one that was used"]));
    expect(rows.get("smb_operations")!.filter((row) => row["action"] === "sealed")).toHaveLength(8);
  });
});

describe("sealed DCE/RPC", () => {
  const columns = ["endpoint", "operation", "status", "outcome", "target_name", "detail", "response_octets"];

  it("gives the records of the same calls that were only signed", async () => {
    const result = await analyzeInline([RPC], { secrets: secretsFor("rpc-sealed", [KEYTAB]) });
    expect(result.failures).toEqual([]);
    const calls = byConnection(result, "dce_rpc").map((rows) => rows.filter((row) => row["endpoint"] === "samr"));
    const [signed, sealed] = [5, 6].map((level) =>
      calls.filter((rows) => rows.length > 0 && rows[0]!["auth_level"] === BigInt(level)),
    );
    expect(signed!.length).toBe(2);
    const kinds = new Set(sealed!.map((rows) => rows[0]!["auth_type"]));
    expect(kinds).toEqual(new Set(["ntlm", "spnego", "kerberos"]));
    for (const rows of sealed!) {
      expect(rows.every((row) => row["sealed"] === true && row["unsealed"] === true)).toBe(true);
    }
    const expected = new Set(signed!.map((rows) => JSON.stringify(only(rows, columns), plain)));
    for (const rows of sealed!.slice(0, 6)) expect(expected).toContain(JSON.stringify(only(rows, columns), plain));
    const users = new Set(sealed!.flatMap((rows) => rows.map((row) => row["user"])));
    expect(users).toEqual(new Set(["CORP\\Administrator", "CORP.EXAMPLE\\Administrator"]));
  });

  it("stays sealed without secrets", async () => {
    const { rows } = await analyzeInline([RPC], { secrets: NOTHING_GIVEN });
    const sealed = rows.get("dce_rpc")!.filter((row) => row["sealed"] === true);
    expect(sealed.length).toBeGreaterThan(20);
    expect(sealed.every((row) => row["unsealed"] === false && row["status"] === null)).toBe(true);
  });

  it("names the ticket's holder in an encrypted session", async () => {
    const { rows } = await analyzeInline([RPC], { secrets: secretsFor("rpc-sealed", [KEYTAB]) });
    const sessions = only(rows.get("smb_sessions"), ["user", "user_from_ticket", "mechanism"]);
    expect(sessions).toEqual([["CORP.EXAMPLE\\Administrator", true, "kerberos"]]);
    const opened = rows.get("decryption")!.filter((row) => row["client"] !== null);
    expect(new Set(opened.map((row) => row["client"]))).toEqual(new Set(["Administrator@CORP.EXAMPLE"]));
  });

  it("reads what tshark reads with the same keytab", async () => {
    const args = ["-r", RPC, "-K", KEYTAB, "-o", "kerberos.decrypt:true", "-Y", "samr.samr_QueryUserInfo.level"];
    const run = spawnSync("tshark", [...args, "-T", "fields", "-e", "frame.number"], { encoding: "utf8" });
    if (run.error !== undefined || run.status !== 0) return;
    const frames = run.stdout.trim().split("\n").filter(Boolean).map(Number);
    const { rows } = await analyzeInline([RPC], { secrets: secretsFor("rpc-sealed", [KEYTAB]) });
    const ours = rows
      .get("dce_rpc")!
      .filter((row) => row["operation"] === "SamrQueryInformationUser" && row["status"] !== null)
      .flatMap((row) => [Number(row["frame"]), Number(row["last_frame"])]);
    for (const frame of frames) expect(ours).toContain(frame);
  });
});

describe("sealed LDAP", () => {
  it("shows searches and answers, under Kerberos and NTLM", async () => {
    const { rows } = await analyzeInline([RPC], { secrets: secretsFor("rpc-sealed", [KEYTAB]) });
    const filter = "(&(sAMAccountType=805306368)(sAMAccountName=Administrator))";
    const found = rows.get("ldap_search")!.filter((row) => row["filter"] === filter);
    expect(only(found, ["result", "result_count", "user"])).toEqual([
      ["success", 1n, "CORP.EXAMPLE\\Administrator"],
      ["success", 1n, "CORP\\Administrator"],
    ]);
    const opened = rows.get("decryption")!.filter((row) => row["protocol"] === "ldap");
    expect(new Set(opened.map((row) => row["secret_kind"]))).toEqual(new Set(["kerberos-key", "nt-hash"]));
  });
});

describe("sealed WinRM", () => {
  const capture = join(RECORDED, "winrm-sealed.pcapng");

  it("shows the command and its end", async () => {
    const { rows, failures } = await analyzeInline([capture], { secrets: secretsFor("winrm-sealed") });
    expect(failures).toEqual([]);
    const said = only(rows.get("winrm"), ["operation", "command_line", "command_state", "exit_code", "unsealed"]);
    expect(said).toEqual([
      ["Create", null, null, null, true],
      ["Command", "vssadmin delete shadows /all /quiet", null, null, true],
      ["Receive", null, "Done", 0n, true],
      ["Signal", null, null, null, true],
      ["Delete", null, null, null, true],
    ]);
    const opened = only(rows.get("decryption"), ["protocol", "cipher", "secret_of", "orig_failed", "resp_failed"]);
    expect(opened).toEqual([["winrm", "RC4", "LAB\\operator", 0n, 0n]]);
  });

  it("stays sealed without the hash, and with another", async () => {
    const other = readSecrets({ ntHashes: ["operator:00112233445566778899aabbccddeeff"] }).given;
    for (const secrets of [NOTHING_GIVEN, other]) {
      const { rows } = await analyzeInline([capture], { secrets });
      expect(rows.get("winrm")!.every((row) => row["operation"] === null && row["sealed_by"] === "SPNEGO")).toBe(true);
    }
  });
});

const LITTLE_LOST = withGaps(41);

describe("damaged captures with secrets", () => {
  it.each([
    ["smb-sealed", LITTLE_LOST],
    ["rpc-sealed", LITTLE_LOST],
    ["smb-sealed", snapped(96)],
    ["rpc-sealed", withGaps(5)],
    ["rpc-sealed", snapped(96)],
    ["winrm-sealed", withGaps(5)],
    ["winrm-sealed", snapped(300)],
  ] as const)("%s: what is lost is said, and nothing fails", async (name, hardship) => {
    const { frames } = await readAll([join(RECORDED, `${name}.pcapng`)]);
    const bytes = frames.map(({ ts, wireLength, hex }) => ({ ts, wireLength, bytes: Buffer.from(hex, "hex") }));
    const path = place.file(asPcap(hardship(bytes), { littleEndian: true, nanoseconds: true }), "hard.pcap");
    const result = await analyzeInline([path], { secrets: secretsFor(name, [KEYTAB]) });
    expect(result.failures).toEqual([]);
    const said = result.rows.get("decryption") ?? [];
    for (const row of said) {
      const failed = Number(row["orig_failed"]) + Number(row["resp_failed"]);
      if (failed > 0) expect(row["failure"]).not.toBeNull();
    }
    if (hardship === LITTLE_LOST) {
      const sums = said.map((row) => [
        Number(row["orig_octets"]),
        Number(row["orig_failed"]) + Number(row["resp_failed"]),
      ]);
      expect(sums.some(([octets, failed]) => octets! > 0 && (failed! > 0 || name === "smb-sealed"))).toBe(true);
    }
  });
});

function plain(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? Number(value) : value;
}
