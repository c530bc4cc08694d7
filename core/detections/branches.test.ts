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

  it("of its settings (BT-TI-017) ends with the first object too, and a change window explains settings, but no removal", async () => {
    const scope = `${SCOPE}
change_windows:
  - { name: Friday, days: [fri], start: "10:00", end: "11:00" }
`;
    await call(0, { operation: "CreateBucket" });
    await call(5, { operation: "PutBucketEncryption" });
    await call(60, { operation: "PutObject", key: "a" });
    await call(90, { operation: "PutBucketPolicy" });
    await call(3700, { operation: "PutBucketLogging" });
    await call(3710, { operation: "DeleteBucketReplication" });
    const { findings, setAside } = await run("BT-TI-017", scope);
    expect(findings).toMatchObject([
      { severity: "critical", count: 2, explanation: expect.stringContaining("DeleteBucketReplication") as unknown },
    ]);
    expect(setAside.map(({ reason }) => reason)).toEqual([
      expect.stringContaining("nothing was stored in it yet"),
      expect.stringContaining("change window Friday"),
    ]);
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

  const readOverNfs = (octets: number): Promise<void> =>
    row(tables, "archive_op", "2024-03-01 12:00:00", STRANGER, REPOSITORY, {
      "id.resp_p": 2049,
      uid: "C1",
      protocol: "nfs",
      operation: "read",
      outcome: "granted",
      share: "/backup",
      object: "/backup/daily/fs01.vbk",
      archive_kind: "Veeam full backup",
      octets_read: octets,
    });

  it("reads NFS too", async () => {
    await readOverNfs(300_000_000);
    expect((await run("BT-CO-001")).findings).toMatchObject([{ severity: "high", source: STRANGER }]);
  });

  it.each([
    ["tells a small file of NFS that was read to its end", 3_000_000, 1],
    ["passes over the beginning of a larger one", 30_000_000, 0],
  ])("%s", async (_, size, findings) => {
    await readOverNfs(3_000_000);
    await row(tables, "nfs", "2024-03-01 12:00:00", STRANGER, REPOSITORY, {
      "id.resp_p": 2049,
      uid: "C1",
      version: "3",
      operation: "READ",
      outcome: "confirmed",
      path: "/backup/daily/fs01.vbk",
      size,
      octets: 3_000_000,
    });
    expect((await run("BT-CO-001")).findings).toHaveLength(findings);
  });
});

describe("a note on backup storage (BT-TI-038)", () => {
  const deleted = (clock: string, from: string, archives: number): Promise<void[]> =>
    Promise.all(
      Array.from({ length: archives }, (_, i) =>
        row(tables, "smb_operations", later(clock, i), from, REPOSITORY, {
          ...{ "id.resp_p": 445, action: "delete", name: `Daily\\FS0${i}.vbk`, outcome: "confirmed" },
        }),
      ),
    );
  const noted = (clock: string, from: string, name: string): Promise<void> =>
    row(tables, "smb_operations", clock, from, REPOSITORY, {
      ...{ "id.resp_p": 445, action: "open", create_action: "CREATED", name, outcome: "confirmed" },
    });

  it("tells a single note of whoever deleted backups before, over any protocol", async () => {
    await deleted("2024-03-01 02:00:00", STRANGER, 3);
    await noted("2024-03-01 02:10:00", STRANGER, "how-to-get-back.txt");
    for (const i of [1, 2, 3])
      await row(tables, "archive_op", "2024-03-01 03:00:00", FILES, REPOSITORY, {
        ...{ "id.resp_p": 873, protocol: "rsync", operation: "delete", outcome: "granted" },
        ...{ object: `jobs/FS0${i}.vbk`, archive_kind: "Veeam full backup" },
      });
    await noted("2024-03-01 03:10:00", FILES, "Daily\\RECOVER-FILES.html");
    const { findings } = await run("BT-TI-038");
    expect(findings).toMatchObject([
      {
        severity: "critical",
        source: STRANGER,
        explanation: expect.stringContaining("and deleted 3 backup files or objects on") as unknown,
      },
      { severity: "critical", source: FILES },
    ]);
    expect(findings.map(({ records }) => records.length)).toEqual([1, 1]);
  });

  it("passes over a note before any deletion, a name that says nothing, one or two deletions, and the backup server's own", async () => {
    await noted("2024-03-01 01:00:00", STRANGER, "how-to-get-back.txt");
    await deleted("2024-03-01 02:00:00", STRANGER, 3);
    await noted("2024-03-01 02:10:00", STRANGER, "README.txt");
    await deleted("2024-03-01 03:00:00", FILES, 2);
    await noted("2024-03-01 03:10:00", FILES, "how-to-restore.txt");
    await deleted("2024-03-01 04:00:00", BACKUP, 5);
    await noted("2024-03-01 04:10:00", BACKUP, "how-to-restore.txt");
    expect((await run("BT-TI-038")).findings).toEqual([]);
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

describe("transfers as large as a backup outside of all windows (BT-EX-008)", () => {
  const send = (clock: string, from: string, to: string, octets: number, port = 443): Promise<void> =>
    connection(tables, clock, from, to, port, { orig_bytes: octets, resp_bytes: 1000, duration: 600e9 });

  it("are judged by where they go, and by a restore or a failed job that may be behind them", async () => {
    for (let day = 1; day <= 9; day++)
      await send(`2024-03-0${day} 22:00:00`, BACKUP, REPOSITORY, day === 8 ? 2_000_000 : 900_000_000);
    await send("2024-03-05 23:00:00", REPOSITORY, "10.0.0.32", 300_000_000);
    await send("2024-03-06 12:00:00", BACKUP, REPOSITORY, 800_000_000);
    await send("2024-03-09 08:00:00", REPOSITORY, FILES, 300_000_000);
    await send("2024-03-09 09:00:00", REPOSITORY, "10.0.0.33", 300_000_000, 2501);
    await send("2024-03-09 12:00:00", BACKUP, REPOSITORY, 800_000_000);
    await connection(tables, "2024-03-09 13:55:00", STRANGER, BACKUP, 9392, { duration: 1800e9 });
    await send("2024-03-09 14:00:00", REPOSITORY, "10.0.0.31", 300_000_000);
    await send("2024-03-09 16:00:00", REPOSITORY, "203.0.113.66", 300_000_000);
    const { findings, setAside } = await run("BT-EX-008");
    expect(findings.map(({ target, severity }) => [target, severity])).toEqual([
      [REPOSITORY, "low"],
      [FILES, "high"],
      ["10.0.0.33", "medium"],
      ["10.0.0.31", "medium"],
      ["203.0.113.66", "critical"],
    ]);
    expect(setAside).toMatchObject([
      {
        finding: { tsFirst: expect.stringMatching(/^17099856/) as unknown },
        reason: expect.stringContaining("failed") as unknown,
      },
    ]);
  });
});

describe("a machine that collects and sends outside (BT-EX-013)", () => {
  const move = (clock: string, from: string, to: string, octets: number): Promise<void> =>
    connection(tables, clock, from, to, 443, { orig_bytes: octets, resp_bytes: 1000, duration: 60e9 });

  it("is found by its transfers: pulled before it sent, from a store or from many, and not as its daily work", async () => {
    const [taker, gatherer, late, publisher] = ["10.0.0.41", "10.0.0.42", "10.0.0.43", "10.0.0.44"];
    const outside = "203.0.113.66";
    await move("2024-03-01 10:00:00", REPOSITORY, taker, 1_500_000_000);
    for (const minute of ["00", "08", "16"]) await move(`2024-03-02 09:${minute}:00`, taker, outside, 450_000_000);
    for (const host of [31, 32, 33, 34, 35]) await move("2024-03-01 11:00:00", `10.0.0.${host}`, gatherer, 140_000_000);
    await move("2024-03-01 12:00:00", gatherer, outside, 400_000_000);
    await move("2024-03-01 10:00:00", late, outside, 1_400_000_000);
    await move("2024-03-01 18:00:00", REPOSITORY, late, 1_500_000_000);
    for (let day = 1; day <= 4; day++) {
      await move(`2024-03-0${day} 10:00:00`, FILES, publisher, 1_500_000_000);
      await move(`2024-03-0${day} 12:00:00`, publisher, outside, 1_400_000_000);
    }
    expect((await run("BT-EX-013")).findings.map(({ source, severity }) => [source, severity])).toEqual([
      [taker, "critical"],
      [gatherer, "medium"],
    ]);
  });
});

describe("an account that is new to the estate (BT-LM-022)", () => {
  it("is known by its ticket, the cookie of its desktop, or what an SSH server told of it", async () => {
    const [admin, other] = ["10.0.0.21", "10.0.0.22"];
    const ticket = (clock: string, from: string, client: string): Promise<void> =>
      row(tables, "kerberos", clock, from, "10.0.0.10", {
        request_type: "TGS",
        success: true,
        client: `${client}/CORP`,
        service: "cifs/repo01.corp.example",
      });
    const desktop = (clock: string, from: string, cookie: string, octets: number): Promise<void> =>
      connection(tables, clock, from, BACKUP, 3389, { uid: `C${clock}`, service: "rdp", resp_bytes: octets }).then(() =>
        row(tables, "rdp", clock, from, BACKUP, { uid: `C${clock}`, "id.resp_p": 3389, cookie }),
      );
    for (let day = 1; day <= 8; day++) {
      await ticket(`2024-03-0${day} 09:00:00`, admin, "administrator");
      await desktop(`2024-03-0${day} 10:00:00`, admin, "administr", 900_000);
    }
    await ticket("2024-03-09 09:00:00", admin, "administrator");
    await desktop("2024-03-09 10:00:00", admin, "administr", 900_000);
    await ticket("2024-03-09 11:00:00", other, "administrator");
    await desktop("2024-03-09 12:00:00", STRANGER, "svc-web", 900_000);
    await desktop("2024-03-09 12:30:00", STRANGER, "guess", 900);
    await row(tables, "syslog", "2024-03-09 13:00:00", REPOSITORY, "10.0.0.9", {
      "id.resp_p": 514,
      message: `repo01 sshd[812]: Accepted password for backup from ${STRANGER} port 50211 ssh2`,
    });
    const { findings } = await run("BT-LM-022");
    expect(findings.map(({ source, target, user }) => [source, target, user])).toEqual([
      [other, REPOSITORY, "CORP\\administrator"],
      [STRANGER, BACKUP, "svc-web"],
      [STRANGER, REPOSITORY, "backup"],
    ]);
    expect(findings[0]?.explanation).toContain(`it was seen on ${admin} only`);
  });
});

describe("an NDMP copy between two servers (BT-EX-019)", () => {
  it("has its data connection by the address that the control connection names", async () => {
    const mover = "10.0.0.88";
    const ndmp = { "id.resp_p": 10_000, outcome: "granted", user: "ndmp" };
    await row(tables, "ndmp", "2024-03-01 18:00:00", STRANGER, REPOSITORY, {
      ...ndmp,
      operation: "DATA_CONNECT",
      address: `${mover}:4100`,
    });
    await row(tables, "ndmp", "2024-03-01 18:00:01", STRANGER, REPOSITORY, { ...ndmp, operation: "DATA_START_BACKUP" });
    await connection(tables, "2024-03-01 18:00:02", REPOSITORY, mover, 4100, { orig_bytes: 900_000_000 });
    await connection(tables, "2024-03-01 18:30:00", REPOSITORY, mover, 4101, { orig_bytes: 9_000_000 });
    expect((await run("BT-EX-019")).findings).toMatchObject([
      { severity: "high", explanation: expect.stringContaining("the connection to it carried 900.0 MB") as unknown },
    ]);
    expect(await tables.rows("SELECT port, protocol FROM transfers ORDER BY ts")).toEqual([
      { port: 4100, protocol: "ndmp-data" },
      { port: 4101, protocol: null },
    ]);
  });
});
