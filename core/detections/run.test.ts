import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { connection, SHOWN_BY_HAND } from "../../test/detection-rows.ts";
import { RecordTables, timeOf } from "../../test/record-tables.ts";
import { EARLIEST_NS, LATEST_NS } from "../capture/pcapng-time.ts";
import { BacktrailError } from "../contracts/result.ts";
import type { ChangingDatabase } from "../records/record-database.ts";
import { inferEstate } from "../estate/infer.ts";
import { parseScope } from "../estate/scope.ts";
import type { Detection } from "./detection.ts";
import { findingId } from "./finding-from-row.ts";
import { DETECTIONS } from "./index.ts";
import { effectiveParameters, runDetections } from "./run.ts";

const SCOPE = parseScope(`
assets:
  - { address: 10.0.5.1, name: BKP01, roles: [backup-server] }
  - { address: 10.0.5.2, name: REPO01, roles: [repository] }
  - { address: 10.0.0.60, name: ESX01, roles: [hypervisor] }
admin: { sources: [10.0.0.21] }
`);

let tables: RecordTables;
beforeEach(async () => {
  tables = await RecordTables.create();
});
afterEach(() => tables.close());

function detection(id: string): Detection {
  const found = DETECTIONS.find((each) => each.id === id);
  if (found === undefined) throw new Error(`no detection ${id}`);
  return found;
}

async function run(detections: readonly Detection[], options = {}) {
  await tables.finish();
  await inferEstate(tables, SCOPE);
  return runDetections(tables, detections, options);
}

const RPC = {
  "id.orig_h": "10.0.0.7",
  "id.orig_p": 50_001,
  "id.resp_h": "10.0.0.20",
  "id.resp_p": 445,
  endpoint: "svcctl",
  outcome: "confirmed",
  user: "CORP\\op",
};
const SERVICE = { ...RPC, opnum: 12, operation: "CreateServiceW", target_name: "svc", command: "C:\\a.exe" };

describe("runDetections", () => {
  it("bears the furthest times that a capture can have", async () => {
    for (const [uid, ts] of [
      ["EARLY", EARLIEST_NS],
      ["LATE", LATEST_NS],
    ] as const)
      await connection(tables, "2024-03-01 02:00:00", "10.0.0.7", "10.0.0.20", 3389, { uid, ts, service: "rdp" });
    const { limits } = await run([detection("BT-LM-008"), detection("BT-LM-009"), detection("BT-LM-010")]);
    expect(limits).toEqual([]);
  });

  it("tells services that are created and started by the thousand in one connection", async () => {
    const calls = Array.from({ length: 1000 }, (_, n) => ({
      ...(n % 2 === 0 ? { ...SERVICE, target_name: `svc${n}` } : { ...RPC, opnum: 19 }),
      uid: "C1",
      n,
      ts: timeOf("2024-03-01 02:00:00") + BigInt(n) * 1_000_000n,
    }));
    await tables.add("dce_rpc", ...calls);
    const { findings, limits } = await run([detection("BT-LM-001")]);
    expect(limits).toEqual([]);
    expect(findings).toHaveLength(500);
    // The creation and the first fifty starts of the minute.
    expect(findings[0]).toMatchObject({ severity: "high", outcome: "confirmed", recordCount: 51 });
  });

  it("fills a finding with all that a report needs", async () => {
    await connection(tables, "2024-03-01 02:00:00", "10.0.0.7", "10.0.0.20", 445, { uid: "C1" });
    await tables.add("dce_rpc", { ...SERVICE, uid: "C1", n: 4, ts: timeOf("2024-03-01 02:00:01.5") });
    await tables.add("dce_rpc", {
      ...RPC,
      uid: "C1",
      n: 5,
      ts: timeOf("2024-03-01 02:00:02"),
      opnum: 19,
      operation: "StartServiceW",
    });
    const { findings } = await run([detection("BT-LM-001")]);
    expect(findings).toEqual([
      {
        id: findingId({
          detection: "BT-LM-001",
          source: "10.0.0.7",
          target: "10.0.0.20",
          object: "svc: C:\\a.exe",
          records: ["C1.4"],
        }),
        detection: "BT-LM-001",
        title: "Remote service created and started",
        phase: "lateral-movement",
        attack: ["T1021.002", "T1569.002", "T1543.003"],
        severity: "high",
        confidence: 0.95,
        basis: "fact",
        outcome: "confirmed",
        tsFirst: "1709258401500000000",
        tsLast: "1709258402000000000",
        source: "10.0.0.7",
        target: "10.0.0.20",
        user: "CORP\\op",
        object: "svc: C:\\a.exe",
        count: 1,
        explanation:
          "CORP\\op on 10.0.0.7 created service svc on 10.0.0.20 (CreateServiceW), binary path C:\\a.exe; it was then started.",
        records: ["C1.4", "C1.5"],
        recordCount: 2,
        parameters: { seconds: 60, habit_hours: 18 },
        adjustments: ["Confidence +0.1: both directions were captured without loss"],
        also: [],
      },
    ]);
  });

  it("joins repeats, and keeps what is far apart apart", async () => {
    for (const hour of ["02", "05", "09"])
      await tables.add("dce_rpc", { ...SERVICE, ts: timeOf(`2024-03-01 ${hour}:00:00`) });
    await tables.add("dce_rpc", { ...SERVICE, ts: timeOf("2024-03-03 02:00:00") });
    const { findings } = await run([detection("BT-LM-001")]);
    expect(findings.map(({ count }) => count)).toEqual([3, 1]);
    expect(findings[0]?.explanation).toContain("Seen 3 times until 2024-03-01 09:00:00Z.");
    expect(new Set(findings.map(({ id }) => id)).size).toBe(2);
  });

  it("tells what was refused and what was done to the same object apart, each with the other's time", async () => {
    const deletion = {
      "id.orig_h": "10.0.0.7",
      "id.orig_p": 50_001,
      "id.resp_h": "10.0.5.2",
      "id.resp_p": 445,
      action: "delete",
      path: "\\\\REPO01\\backups",
      name: "job\\full.vbk",
      user: "CORP\\op",
    };
    for (const [minute, outcome] of ["refused", "refused", "confirmed"].entries())
      await tables.add("smb_operations", { ...deletion, outcome, ts: timeOf(`2024-03-01 02:0${minute}:00`) });
    const { findings } = await run([detection("BT-TI-001")]);
    expect(findings.map(({ outcome, count, explanation }) => [outcome, count, explanation])).toEqual([
      [
        "refused",
        1,
        "CORP\\op on 10.0.0.7 asked to delete 1 backup file on REPO01 (10.0.5.2), first \\\\REPO01\\backups\\job\\full.vbk. It was refused. Later, at 2024-03-01 02:02:00Z, it was done.",
      ],
      [
        "confirmed",
        1,
        "CORP\\op on 10.0.0.7 deleted 1 backup file on REPO01 (10.0.5.2), first \\\\REPO01\\backups\\job\\full.vbk. Before, at 2024-03-01 02:00:00Z, it was refused.",
      ],
    ]);
    expect(new Set(findings.map(({ id }) => id)).size).toBe(2);
  });

  it("says what it could not evaluate, and why", async () => {
    await connection(tables, "2024-03-01 02:00:00", "10.0.0.7", "10.0.0.20", 445);
    await connection(tables, "2024-03-01 08:00:00", "10.0.0.7", "10.0.0.20", 445);
    const { notEvaluated } = await run([detection("BT-LM-001"), detection("BT-LM-019")]);
    expect(notEvaluated.map(({ reason }) => reason)).toEqual([
      "the evidence holds no dce_rpc records",
      "it learns what is usual from the first 7 days, and the evidence spans 6.0 hours",
    ]);
  });

  it("evaluates nothing where nothing was captured", async () => {
    const { findings, notEvaluated } = await run(DETECTIONS);
    expect(findings).toEqual([]);
    expect(notEvaluated.map(({ detection: id }) => id)).toEqual(DETECTIONS.map(({ id }) => id));
  });

  it("goes on without a detection whose query is too much for the database, and says so", async () => {
    await connection(tables, "2024-03-01 02:00:00", "10.0.0.7", "10.0.0.20", 445, { uid: "C1" });
    await tables.add("dce_rpc", { ...SERVICE, uid: "C1", n: 4, ts: timeOf("2024-03-01 02:00:01.5") });
    await tables.finish();
    await inferEstate(tables, SCOPE);
    const poor: ChangingDatabase = {
      change: (statements) => tables.change(statements),
      rows: (sql, parameters) =>
        sql.includes("probe AS") && sql.includes("crowded")
          ? Promise.reject(new BacktrailError("out-of-memory", "The database needed more memory than its limit."))
          : tables.rows(sql, parameters),
    };
    const { findings, notEvaluated, limits } = await runDetections(poor, [
      detection("BT-DI-001"),
      detection("BT-LM-001"),
    ]);
    expect(findings.map((finding) => finding.detection)).toEqual(["BT-LM-001"]);
    expect(notEvaluated).toMatchObject([
      { detection: "BT-DI-001", reason: expect.stringContaining("memory") as unknown },
    ]);
    expect(limits).toEqual([{ detection: "BT-DI-001", sentence: expect.stringContaining("BT-DI-001") as unknown }]);
  });

  it("says what was hidden from it", async () => {
    await tables.add("dce_rpc", { ...RPC, ts: timeOf("2024-03-01 02:00:00"), opnum: 15 });
    await tables.add("smb_operations", {
      ...RPC,
      endpoint: undefined,
      ts: timeOf("2024-03-01 02:00:00"),
      action: "sealed",
    });
    const { partlyBlind } = await run([detection("BT-LM-001")]);
    expect(partlyBlind).toEqual([
      {
        detection: "BT-LM-001",
        title: "Remote service created and started",
        reason: "calls inside SMB3 encryption (1)",
      },
    ]);
  });

  it("sets aside what the allow-list and the backup software explain", async () => {
    await tables.add("dce_rpc", { ...SERVICE, ts: timeOf("2024-03-01 02:00:00"), target_name: "CcmExec" });
    await tables.add("dce_rpc", {
      ...SERVICE,
      ts: timeOf("2024-03-01 02:01:00"),
      "id.orig_h": "10.0.5.1",
      target_name: "VeeamVssSupport",
      command: "C:\\Windows\\VeeamVssSupport\\VeeamGuestHelper.exe",
    });
    await tables.add("dce_rpc", {
      ...SERVICE,
      ts: timeOf("2024-03-01 02:02:00"),
      "id.orig_h": "10.0.5.1",
      target_name: "VeeamX",
      command: "cmd.exe /c whoami",
    });
    const allow = [
      {
        detection: "BT-LM-001",
        source: null,
        target: null,
        user: null,
        object: "CcmExec*",
        reason: "Software deployment",
      },
    ];
    const { findings, setAside } = await run([detection("BT-LM-001")], { allow });
    expect(setAside.map(({ by, reason }) => [by, reason.slice(0, 30)])).toEqual([
      ["allow-list", "Software deployment"],
      ["backup-software", "A backup server or proxy insta"],
    ]);
    expect(findings.map(({ object }) => object)).toEqual(["VeeamX: cmd.exe /c whoami"]);
  });

  it("lowers confidence for lost octets and one direction, severity for an administration host", async () => {
    await connection(tables, "2024-03-01 02:00:00", "10.0.0.7", "10.0.0.20", 445, { uid: "C1", missed_bytes: 5000 });
    await connection(tables, "2024-03-01 02:00:00", "10.0.0.21", "10.0.0.20", 445, { uid: "C2", resp_pkts: 0 });
    await tables.add("dce_rpc", { ...SERVICE, uid: "C1", ts: timeOf("2024-03-01 02:00:00") });
    await tables.add("dce_rpc", { ...SERVICE, uid: "C2", ts: timeOf("2024-03-01 02:00:01"), "id.orig_h": "10.0.0.21" });
    const { findings } = await run([detection("BT-LM-001")]);
    expect(findings.map(({ confidence, severity }) => [confidence, severity])).toEqual([
      [0.65, "high"],
      [0.65, "medium"],
    ]);
    expect(findings[1]?.adjustments.join()).toContain("the scope names 10.0.0.21 as an administration host");
  });

  it("takes only the accounts of the scope for administrators, if it lists any", async () => {
    await tables.add("dce_rpc", { ...SERVICE, ts: timeOf("2024-03-01 02:00:00"), "id.orig_h": "10.0.0.21" });
    const one = await run([detection("BT-LM-001")], { adminAccounts: ["CORP\\OP"] });
    expect(one.findings[0]?.severity).toBe("medium");
    const other = await run([detection("BT-LM-001")], { adminAccounts: ["CORP\\else"] });
    expect(other.findings[0]?.severity).toBe("high");
  });

  it("lowers what was refused, and says so", async () => {
    const job = { ...RPC, endpoint: "atsvc", opnum: 0, operation: "NetrJobAdd", command: "" };
    await tables.add("dce_rpc", { ...job, ts: timeOf("2024-03-01 02:00:00"), outcome: "refused" });
    await tables.add("dce_rpc", { ...job, ts: timeOf("2024-03-01 03:00:00"), command: "c:\\a.exe" });
    const { findings } = await run([detection("BT-LM-006")]);
    expect(findings.map(({ severity, outcome }) => [severity, outcome])).toEqual([
      ["medium", "refused"],
      ["high", "confirmed"],
    ]);
    expect(findings[0]?.adjustments).toContain("Severity medium instead of high: it was refused");
    expect(findings[0]?.explanation).toMatch(/which is to run an empty command\.$/);
  });

  it("raises severity when a severe finding of a later phase follows", async () => {
    const samr = { ...RPC, endpoint: "samr" };
    for (const [i, opnum] of [0, 5, 6, 7, 13].entries())
      await tables.add("dce_rpc", { ...samr, ts: timeOf(`2024-03-01 01:00:0${i}`), opnum, operation: `op${opnum}` });
    await tables.add("dce_rpc", { ...SERVICE, ts: timeOf("2024-03-01 02:00:00") });
    const { findings } = await run([detection("BT-DI-006"), detection("BT-LM-001")]);
    expect(findings.map(({ detection: id, severity }) => [id, severity])).toEqual([
      ["BT-DI-006", "high"],
      ["BT-LM-001", "high"],
    ]);
  });

  it("names the account from the session of the same hosts", async () => {
    await tables.add("smb_sessions", { ...RPC, endpoint: undefined, ts: timeOf("2024-03-01 01:59:00") });
    await tables.add("kerberos", {
      "id.orig_h": "10.0.0.7",
      "id.orig_p": 1,
      "id.resp_h": "10.0.0.10",
      "id.resp_p": 88,
      ts: timeOf("2024-03-01 01:00:00"),
      request_type: "TGS",
      success: true,
      client: "other/CORP.EXAMPLE",
      service: "cifs/x",
    });
    await tables.add("dce_rpc", { ...SERVICE, user: null, ts: timeOf("2024-03-01 02:00:00") });
    await tables.add("dce_rpc", {
      ...SERVICE,
      user: null,
      "id.resp_h": "10.0.0.99",
      ts: timeOf("2024-03-01 02:00:00"),
    });
    const { findings } = await run([detection("BT-LM-001")]);
    expect(new Map(findings.map(({ target, user }) => [target, user]))).toEqual(
      new Map([
        ["10.0.0.20", "CORP\\op"],
        ["10.0.0.99", "CORP.EXAMPLE\\other"],
      ]),
    );
    expect(findings[0]?.adjustments.join()).toMatch(/The account is concluded from/);
  });

  it("names the account for which the target asked a ticket right after", async () => {
    await tables.add("dce_rpc", { ...SERVICE, user: null, ts: timeOf("2024-03-01 02:00:00") });
    await tables.add("kerberos", {
      "id.orig_h": "10.0.0.20",
      "id.orig_p": 50_002,
      "id.resp_h": "10.0.0.10",
      "id.resp_p": 88,
      ts: timeOf("2024-03-01 02:00:00.2"),
      request_type: "TGS",
      service: "srv20$",
      delegation: "S4U2self",
      for_user: "anna/corp.example",
    });
    const { findings } = await run([detection("BT-LM-001")]);
    expect(findings[0]?.user).toBe("corp.example\\anna");
    expect(findings[0]?.adjustments.join()).toContain("S4U2self");
  });

  it("says what was learned from where a scope wants no time of learning", () => {
    expect(effectiveParameters(detection("BT-LM-010"), { learning_days: 0 }, { words: null })).toMatchObject({
      learning_days: 0,
      learned: "the evidence before",
    });
    expect(effectiveParameters(detection("BT-LM-001"), {}, { words: null })).not.toHaveProperty("learned");
  });

  it("refuses parameters that a detection does not have", async () => {
    await tables.add("dce_rpc", { ...SERVICE, ts: timeOf("2024-03-01 02:00:00") });
    await expect(run([detection("BT-LM-001")], { parameters: { "BT-LM-001": { minutes: 3 } } })).rejects.toThrow(
      /has no parameter "minutes"; it has: seconds/,
    );
  });

  it("leaves no table of what detections share behind, also after an error", async () => {
    await connection(tables, "2024-03-01 02:00:00", "10.0.0.7", "10.0.5.1", 445);
    await tables.finish();
    await inferEstate(tables, SCOPE);
    const kept = async () =>
      tables.rows("SELECT table_name FROM information_schema.tables WHERE table_name LIKE 'kept%'");
    const broken: ChangingDatabase = {
      change: (statements) => tables.change(statements),
      rows: (sql, parameters) =>
        sql.includes("FROM kept_failed_conn")
          ? Promise.reject(new Error("the disk is gone"))
          : tables.rows(sql, parameters),
    };
    await expect(runDetections(broken, DETECTIONS)).rejects.toThrow("the disk is gone");
    expect(await kept()).toEqual([]);
    await runDetections(tables, [detection("BT-LM-019"), detection("BT-DI-001")]);
    expect(await kept()).toEqual([]);
  });

  it("stops when it is cancelled", async () => {
    await expect(run(DETECTIONS, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "cancelled" });
  });
});

describe("detections that no sample shows", () => {
  beforeEach(async () => {
    // A week in which the backup server calls its agents and the administrator opens the console.
    for (let day = 1; day <= 9; day++) {
      const date = `2024-03-0${day}`;
      await connection(tables, `${date} 22:00:00`, "10.0.5.1", "10.0.0.20", 6160);
      await connection(tables, `${date} 09:00:00`, "10.0.0.21", "10.0.5.1", 9392);
    }
  });

  it("are all shown here", () =>
    expect([...SHOWN_BY_HAND].sort()).toEqual(["BT-CA-009", "BT-CA-011", "BT-LM-012", "BT-LM-026"]));

  it("BT-LM-012: SSH to a hypervisor for the first time", async () => {
    await connection(tables, "2024-03-09 12:00:00", "10.0.0.77", "10.0.0.60", 22, { uid: "CS" });
    const ssh = { "id.orig_h": "10.0.0.77", "id.orig_p": 50_000, "id.resp_h": "10.0.0.60", "id.resp_p": 22 };
    await tables.add("ssh", {
      ...ssh,
      uid: "CS",
      n: 1,
      ts: timeOf("2024-03-09 12:00:00"),
      client: "SSH-2.0-PuTTY",
      auth_success: true,
    });
    const { findings } = await run([detection("BT-LM-012")]);
    expect(findings.map(({ source, target, outcome }) => [source, target, outcome])).toEqual([
      ["10.0.0.77", "10.0.0.60", "confirmed"],
    ]);
  });
});

describe("detections that no sample shows: Kerberos and printing", () => {
  const AS = {
    "id.orig_h": "10.0.0.7",
    "id.orig_p": 50_002,
    "id.resp_h": "10.0.0.10",
    "id.resp_p": 88,
    request_type: "AS",
    success: true,
    padata: ["ENC-TIMESTAMP"],
    cipher: "aes256-cts-hmac-sha1-96",
    reply_cipher: "aes256-cts-hmac-sha1-96",
  };

  it("BT-CA-009: replies without proof for several accounts", async () => {
    for (const [i, name] of ["a", "b"].entries()) {
      await tables.add("kerberos", {
        ...AS,
        ts: timeOf(`2024-03-01 02:00:0${i}`),
        client: `${name}/CORP`,
        padata: ["PAC-REQUEST"],
        reply_cipher: "rc4-hmac",
      });
    }
    await tables.add("kerberos", {
      ...AS,
      ts: timeOf("2024-03-01 02:00:05"),
      "id.orig_h": "10.0.0.8",
      client: "c/CORP",
    });
    const { findings } = await run([detection("BT-CA-009")]);
    expect(findings.map(({ explanation }) => explanation)).toEqual([
      "10.0.0.7 received log-on replies without proof of the password for 2 accounts: CORP\\a, CORP\\b.",
    ]);
  });

  it("BT-CA-011: a request that offers RC4 only", async () => {
    await tables.add("kerberos", { ...AS, ts: timeOf("2024-03-01 02:00:00"), client: "a/CORP", etypes: ["rc4-hmac"] });
    await tables.add("kerberos", {
      ...AS,
      ts: timeOf("2024-03-01 02:00:00"),
      client: "b/CORP",
      etypes: ["aes256-cts-hmac-sha1-96", "rc4-hmac"],
    });
    const { findings } = await run([detection("BT-CA-011")]);
    expect(findings.map(({ user }) => user)).toEqual(["CORP\\a"]);
  });

  it("BT-LM-026: a driver file on another machine's share, refused to the caller or by the spooler", async () => {
    const driver = {
      ...RPC,
      endpoint: "spoolss",
      opnum: 89,
      operation: "RpcAddPrinterDriverEx",
      target_name: "1234",
      outcome: "refused",
    };
    await tables.add("dce_rpc", {
      ...driver,
      ts: timeOf("2024-03-01 02:00:00"),
      status: "0x00000003",
      command: "C:\\a\\UNIDRV.DLL",
      detail: "data file \\\\10.0.0.7\\smb\\x.dll",
    });
    await tables.add("dce_rpc", {
      ...driver,
      ts: timeOf("2024-03-01 03:00:00"),
      "id.orig_h": "10.0.0.8",
      command: "C:\\a\\UNIDRV.DLL",
    });
    await tables.add("dce_rpc", {
      ...driver,
      ts: timeOf("2024-03-01 04:00:00"),
      "id.orig_h": "10.0.0.9",
      status: "0x00000005",
      command: "C:\\a\\UNIDRV.DLL",
      detail: "data file \\\\10.0.0.9\\smb\\x.dll",
    });
    const { findings } = await run([detection("BT-LM-026")]);
    expect(findings.map(({ severity, outcome }) => [severity, outcome])).toEqual([
      ["high", "attempted"],
      ["medium", "attempted"],
      ["medium", "refused"],
    ]);
    expect(
      findings.map(({ explanation }) => /answered with an error \(3: a path was not found\)/.test(explanation)),
    ).toEqual([true, false, false]);
  });
});
