import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { connection, row } from "../../test/detection-rows.ts";
import { RecordTables } from "../../test/record-tables.ts";
import { inferEstate } from "../estate/infer.ts";
import { parseScope } from "../estate/scope.ts";
import { DETECTIONS } from "./index.ts";
import { runDetections } from "./run.ts";

/** What a detection says in its less usual branches: severity, outcome, and what is set aside. */

const SCOPE = `
assets:
  - { address: 10.0.5.1, name: BKP01, roles: [backup-server] }
  - { address: 10.0.5.2, name: REPO01, roles: [repository] }
`;
const BACKUP = "10.0.5.1";
const REPOSITORY = "10.0.5.2";
const FILES = "10.0.0.20";
const STRANGER = "10.0.0.77";

let tables: RecordTables;
beforeEach(async () => {
  tables = await RecordTables.create();
});
afterEach(() => tables.close());

async function run(id: string, scope = SCOPE) {
  await tables.finish();
  await inferEstate(tables, parseScope(scope));
  return runDetections(
    tables,
    DETECTIONS.filter((each) => each.id === id),
  );
}

/** "2024-03-01 02:00:00", so many seconds later. */
const later = (clock: string, seconds: number): string =>
  new Date(Date.parse(`${clock.replace(" ", "T")}Z`) + seconds * 1000).toISOString().slice(0, 19).replace("T", " ");

const logOn = (clock: string, to: string, username: string, accepted: boolean): Promise<void> =>
  row(tables, "ntlm", clock, STRANGER, to, { "id.resp_p": 445, domainname: "CORP", username, accepted });

describe("password guessing (BT-CA-016)", () => {
  const BEGIN = "2024-03-01 02:00:00";
  async function fails(count: number, seconds: number, to: string, user: (i: number) => string): Promise<string> {
    for (let i = 0; i < count; i++) await logOn(later(BEGIN, i * seconds), to, user(i), false);
    return later(BEGIN, count * seconds);
  }

  it("tells a spray's success under an account that never failed", async () => {
    const end = await fails(6, 10, FILES, (i) => `user${i}`);
    await logOn(end, FILES, "user7", true);
    expect((await run("BT-CA-016")).findings).toMatchObject([
      {
        outcome: "confirmed",
        severity: "high",
        user: "CORP\\user7",
        explanation: expect.stringContaining("then CORP\\user7 was accepted") as unknown,
      },
    ]);
  });

  it("takes an account that had logged on before for no success of a spray", async () => {
    await logOn(later(BEGIN, -600), FILES, "regular", true);
    const end = await fails(6, 10, FILES, (i) => `user${i}`);
    await logOn(end, FILES, "regular", true);
    expect((await run("BT-CA-016")).findings).toMatchObject([{ outcome: "refused", severity: "high" }]);
  });

  it("judges one account's success by the account and the target", async () => {
    for (const to of [FILES, REPOSITORY]) await logOn(await fails(20, 10, to, () => "scanner"), to, "scanner", true);
    const { findings } = await run("BT-CA-016");
    expect(Object.fromEntries(findings.map(({ target, severity }) => [target, severity]))).toEqual({
      [FILES]: "medium",
      [REPOSITORY]: "high",
    });
  });

  it("finds slow guessing over midnight, and no person who mistypes", async () => {
    await logOn(await fails(24, 3000, REPOSITORY, () => "helpdesk"), REPOSITORY, "helpdesk", true);
    for (let i = 0; i < 24; i++) {
      await logOn(later(BEGIN, i * 3000), FILES, "person", false);
      await logOn(later(BEGIN, i * 3000 + 9), FILES, "person", true);
    }
    expect((await run("BT-CA-016")).findings).toMatchObject([
      { target: REPOSITORY, outcome: "confirmed", severity: "medium", confidence: 0.5, count: 24 },
    ]);
  });
});

describe("a bucket's set-up (BT-TI-014)", () => {
  const call = (seconds: number, fields: Readonly<Record<string, unknown>>): Promise<void> =>
    row(tables, "object_store", later("2024-03-01 09:00:00", seconds), STRANGER, REPOSITORY, {
      "id.resp_p": 9000,
      service: "s3",
      bucket: "veeam-main",
      status_code: 200,
      ...fields,
    });
  const suspend = { operation: "PutBucketVersioning", versioning: "Suspended" };

  it("is set aside while the bucket is empty", async () => {
    await call(0, { operation: "CreateBucket" });
    await call(5, suspend);
    const { findings, setAside } = await run("BT-TI-014");
    expect(findings).toEqual([]);
    expect(setAside).toHaveLength(1);
  });

  it.each([
    ["ends with the first object", [{ operation: "CreateBucket" }, { operation: "PutObject", key: "a" }]],
    ["is none of a bucket that was there before", [{ operation: "ListObjectsV2" }, { operation: "CreateBucket" }]],
  ])("%s", async (_, before) => {
    for (const [i, fields] of before.entries()) await call(i, fields);
    await call(60, suspend);
    expect((await run("BT-TI-014")).findings).toMatchObject([{ severity: "critical", outcome: "confirmed" }]);
  });

  it("counts less where it was refused, and in a bucket of no backups", async () => {
    await call(0, { ...suspend, status_code: 403 });
    await row(tables, "object_store", "2024-03-01 10:00:00", STRANGER, FILES, {
      ...suspend,
      service: "s3",
      bucket: "pictures",
      status_code: 200,
    });
    expect((await run("BT-TI-014")).findings).toMatchObject([
      { severity: "high", outcome: "refused" },
      { severity: "medium", outcome: "confirmed" },
    ]);
  });
});

describe("backup files that are read (BT-CO-001)", () => {
  const read = (clock: string, from: string, user: string): Promise<void> =>
    row(tables, "smb_operations", clock, from, REPOSITORY, {
      "id.resp_p": 445,
      action: "transfer",
      path: "\\\\REPO01\\Backup",
      name: "Daily\\FS01.vbk",
      user,
      bytes_read: 300_000_000,
      outcome: "confirmed",
    });

  it("tells a backup machine's new account, and nothing of its own", async () => {
    for (let day = 1; day <= 9; day++) {
      await connection(tables, `2024-03-0${day} 22:00:00`, BACKUP, REPOSITORY, 445);
      await read(`2024-03-0${day} 22:00:01`, BACKUP, "CORP\\svc-backup");
    }
    await read("2024-03-09 12:00:00", BACKUP, "CORP\\operator");
    expect((await run("BT-CO-001")).findings).toMatchObject([
      { severity: "medium", user: "CORP\\operator", title: "Backup files read under a new account" },
    ]);
  });

  it("counts a small file that was read to its end, whatever size it had while it was written", async () => {
    const of = { "id.resp_p": 445, path: "\\\\REPO01\\Backup", name: "Daily\\FS01.vib", user: "CORP\\operator" };
    await row(tables, "smb_operations", "2024-03-01 02:00:00", STRANGER, REPOSITORY, {
      ...of,
      action: "open",
      size: 65_536,
    });
    const read = { ...of, action: "transfer", size: 20_000, bytes_read: 20_000, outcome: "confirmed" };
    await row(tables, "smb_operations", "2024-03-01 12:00:00", STRANGER, REPOSITORY, read);
    expect((await run("BT-CO-001")).findings).toMatchObject([{ severity: "high", source: STRANGER }]);
  });

  it("reads NFS too", async () => {
    await row(tables, "archive_op", "2024-03-01 12:00:00", STRANGER, REPOSITORY, {
      "id.resp_p": 2049,
      protocol: "nfs",
      operation: "read",
      outcome: "granted",
      share: "/backup",
      object: "daily/fs01.vbk",
      archive_kind: "Veeam full backup",
      octets_read: 300_000_000,
    });
    expect((await run("BT-CO-001")).findings).toMatchObject([{ severity: "high", source: STRANGER }]);
  });
});

describe("a backup server that opens connections to hosts it never spoke to (BT-LM-019)", () => {
  it("sets aside a host that then sends its data in a window of a job", async () => {
    const scope = `${SCOPE}
jobs:
  - { name: Nightly, days: [mon, tue, wed, thu, fri, sat, sun], start: "21:00", end: "23:59" }
`;
    for (let day = 1; day <= 9; day++)
      await connection(tables, `2024-03-0${day} 22:00:00`, FILES, REPOSITORY, 2500, { orig_bytes: 50_000_000 });
    for (const host of ["10.0.0.31", "10.0.0.32"]) await connection(tables, "2024-03-09 12:00:00", BACKUP, host, 445);
    await connection(tables, "2024-03-09 22:10:00", "10.0.0.31", REPOSITORY, 2500, { orig_bytes: 50_000_000 });
    const { findings, setAside } = await run("BT-LM-019", scope);
    expect(findings).toMatchObject([{ target: "10.0.0.32", severity: "high" }]);
    expect(setAside.map(({ finding }) => finding.target)).toEqual(["10.0.0.31"]);
  });
});
