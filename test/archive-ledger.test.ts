import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { analyzeInline } from "../core/engine/run-inline.ts";
import { RECORDED } from "./recorded-samples.ts";
import { scratchFolder } from "./sample-captures.ts";
import { recordTechniques } from "./technique-captures.ts";

/** Techniques that do something to archives on a share. */
const ON_ARCHIVES = ["archive-delete", "archive-rename", "archive-truncate", "archive-overwrite", "archive-read"];

const scratch = scratchFolder();
afterAll(() => scratch.remove());
beforeAll(() => recordTechniques(scratch.path, [...ON_ARCHIVES, "smb-file-copy"]));

/** The ledger of a generated capture, a line each, the same lines once. */
async function ledgerOf(name: string): Promise<string[]> {
  const { rows } = await analyzeInline([join(scratch.path, `${name}.pcapng`)]);
  const lines = (rows.get("archive_op") ?? []).map((row) =>
    [row["operation"], row["outcome"], row["actor"], row["object"], row["new_object"], row["archive_kind"]]
      .map((cell) => String(cell ?? "-"))
      .join(" | "),
  );
  return [...new Set(lines)];
}

/** The ledger of blocks in a recorded capture, a line each, in the order of time. */
async function blockLedgerOf(name: string): Promise<string[]> {
  const { rows } = await analyzeInline([join(RECORDED, `${name}.pcapng`)]);
  return [...(rows.get("archive_op") ?? [])]
    .sort((a, b) => Number(a["last_frame"]) - Number(b["last_frame"]))
    .map((row) =>
      ["operation", "outcome", "actor", "object", "detail"].map((column) => String(row[column] ?? "-")).join(" | "),
    );
}

describe("the archive ledger of SMB", () => {
  it.each(ON_ARCHIVES)("%s", async (name) => {
    expect(await ledgerOf(name)).toMatchSnapshot();
  });

  it("leaves out files that are no archives", async () => {
    expect(await ledgerOf("smb-file-copy")).toEqual([]);
  });
});

/** The ledger of a recorded capture: every line, with who did it from where. */
async function recordedLedger(name: string): Promise<string[]> {
  const { rows } = await analyzeInline([join(RECORDED, `${name}.pcapng`)]);
  return (rows.get("archive_op") ?? []).map((row) =>
    ["id.orig_h", "actor", "operation", "outcome", "object", "new_object", "detail"]
      .map((column) => String(row[column] ?? "-"))
      .join(" | "),
  );
}

describe("the archive ledger of NDMP", () => {
  it("has a label, two backups, a restore, and an intruder who reads the tape and writes over it", async () => {
    expect(await recordedLedger("ndmp")).toMatchInlineSnapshot(`
      [
        "10.99.0.2 | ndmp | write | granted | tape0 | - | from the beginning of the tape",
        "10.99.0.2 | ndmp | write | granted | tape0 | - | file mark",
        "10.99.0.2 | ndmp | read | granted | tape0 | - | -",
        "10.99.0.2 | ndmp | write | granted | tape0 | - | by the mover",
        "10.99.0.2 | ndmp | write | granted | vol1 | - | tar backup",
        "10.99.0.2 | ndmp | write | granted | tape0 | - | file mark",
        "10.99.0.2 | ndmp | write | granted | vol1 | - | tar backup",
        "10.99.0.2 | ndmp | restore | granted | ./accounts/1.csv | /accounts/1.csv | tar restore",
        "10.99.0.2 | ndmp | restore | granted | ./accounts/2.csv | /accounts/2.csv | tar restore",
        "10.99.0.3 | ndmp | read | granted | tape0 | - | -",
        "10.99.0.3 | ndmp | write | granted | tape0 | - | from the beginning of the tape",
        "10.99.0.3 | ndmp | write | granted | tape0 | - | file mark",
      ]
    `);
  });
});

describe("the archive ledger of NDMP between three hosts", () => {
  it("has what the mover of the tape server does for the filer's data, and an intruder who has it write over the tape", async () => {
    expect(await recordedLedger("ndmp-three-way")).toMatchSnapshot();
  });
});

describe("the archive ledger of blocks", () => {
  it("iSCSI: a backup written, read back, then overwritten, zeroed and unmapped", async () => {
    expect(await blockLedgerOf("iscsi")).toEqual([
      "write | granted | svc_backup | blocks 2048 to 2111 | -",
      "read | granted | svc_backup | blocks 2048 to 2111 | -",
      "delete | granted | svc_backup | blocks 16384 to 18431 | unmapped",
      "write | granted | svc_backup | blocks 0 to 7 | WRITE(10)",
      "write | granted | svc_backup | blocks 2064 to 2095 | WRITE(10), 16384 octets of it had been written or read before",
      "write | granted | svc_backup | blocks 2048 to 2055 | WRITE SAME(10), 4096 octets of it had been written or read before",
      "delete | granted | svc_backup | blocks 2048 to 10239 | unmapped, 32768 octets of it had been written or read before",
    ]);
  });

  it("NBD: a backup written, read back, then overwritten, zeroed and trimmed", async () => {
    expect(await blockLedgerOf("nbd")).toEqual([
      "write | granted | - | octets 1048576 to 1073151 | -",
      "read | granted | - | octets 1048576 to 1073151 | -",
      "write | granted | - | octets 1056768 to 1064959 | WRITE, 8192 octets of it had been written or read before",
      "write | granted | - | octets 1048576 to 1052671 | filled with zeros, 4096 octets of it had been written or read before",
      "delete | granted | - | octets 1048576 to 5242879 | trimmed, 24576 octets of it had been written or read before",
    ]);
  });
});

describe("the archive ledger of Bacula", () => {
  it("has a label, a backup, a restore, and an intruder who purges and deletes the volume", async () => {
    expect(await recordedLedger("bacula")).toMatchInlineSnapshot(`
      [
        "10.99.0.4 | bconsole | create | granted | Daily-0001 | - | volume labelled",
        "10.99.0.1 | vault-dir | create | granted | Daily-0001 | - | volume labelled",
        "10.99.0.4 | bconsole | write | granted | Nightly | - | job started by hand",
        "10.99.0.1 | vault-dir | write | granted | Nightly.2026-11-29_09.20.23_03 | - | backup by the file daemon",
        "10.99.0.4 | bconsole | restore | granted | nas01-fd | - | -",
        "10.99.0.1 | vault-dir | restore | granted | Restore.2026-11-29_09.20.26_04 | - | -",
        "10.99.0.3 | bconsole | delete | granted | Daily-0001 | - | purged from the catalogue, whatever its retention",
        "10.99.0.3 | bconsole | delete | granted | Daily-0001 | - | deleted from the catalogue",
      ]
    `);
  });
});

describe("the archive ledger of NFS", () => {
  it("has backups, a restore, a prune, and an intruder who overwrites, truncates, renames and deletes, by NFS 3 and 4", async () => {
    expect(await recordedLedger("nfs")).toMatchInlineSnapshot(`
      [
        "10.99.0.2 | uid 0 at libnfs | create | granted | /backup/v3/fs01.vbk | - | -",
        "10.99.0.2 | uid 0 at libnfs | truncate | granted | /backup/v3/fs01.vbk | - | to 0 octets",
        "10.99.0.2 | uid 0 at libnfs | write | granted | /backup/v3/fs01.vbk | - | -",
        "10.99.0.2 | uid 0 at libnfs | create | granted | /backup/v3/fs01-old.vib | - | -",
        "10.99.0.2 | uid 0 at libnfs | truncate | granted | /backup/v3/fs01-old.vib | - | to 0 octets",
        "10.99.0.2 | uid 0 at libnfs | write | granted | /backup/v3/fs01-old.vib | - | -",
        "10.99.0.2 | uid 0 at libnfs | create | granted | /backup/v3/db01.vbk | - | -",
        "10.99.0.2 | uid 0 at libnfs | truncate | granted | /backup/v3/db01.vbk | - | to 0 octets",
        "10.99.0.2 | uid 0 at libnfs | write | granted | /backup/v3/db01.vbk | - | -",
        "10.99.0.2 | uid 0 at libnfs | create | granted | /backup/v3/dc01.vbk | - | -",
        "10.99.0.2 | uid 0 at libnfs | truncate | granted | /backup/v3/dc01.vbk | - | to 0 octets",
        "10.99.0.2 | uid 0 at libnfs | write | granted | /backup/v3/dc01.vbk | - | -",
        "10.99.0.2 | uid 0 at libnfs | create | granted | /backup/v3/web01.vbk | - | -",
        "10.99.0.2 | uid 0 at libnfs | truncate | granted | /backup/v3/web01.vbk | - | to 0 octets",
        "10.99.0.2 | uid 0 at libnfs | write | granted | /backup/v3/web01.vbk | - | -",
        "10.99.0.2 | uid 0 at libnfs | read | granted | /backup/v3/fs01.vbk | - | -",
        "10.99.0.2 | uid 0 at libnfs | delete | granted | /backup/v3/fs01-old.vib | - | -",
        "10.99.0.3 | uid 0 at libnfs | write | granted | /backup/v3/fs01.vbk | - | -",
        "10.99.0.3 | uid 0 at libnfs | truncate | granted | /backup/v3/db01.vbk | - | to 0 octets",
        "10.99.0.3 | uid 0 at libnfs | rename | granted | /backup/v3/web01.vbk | /backup/v3/web01.vbk.locked | -",
        "10.99.0.3 | uid 0 at libnfs | delete | granted | /backup/v3/dc01.vbk | - | -",
        "10.99.0.3 | uid 0 at libnfs | delete | refused | /backup/v3/none.vbk | - | -",
        "10.99.0.2 | uid 0 at libnfs | create | granted | /backup/v4/fs01.vbk | - | -",
        "10.99.0.2 | uid 0 at libnfs | truncate | granted | /backup/v4/fs01.vbk | - | to 0 octets",
        "10.99.0.2 | uid 0 at libnfs | write | granted | /backup/v4/fs01.vbk | - | -",
        "10.99.0.2 | uid 0 at libnfs | create | granted | /backup/v4/fs01-old.vib | - | -",
        "10.99.0.2 | uid 0 at libnfs | truncate | granted | /backup/v4/fs01-old.vib | - | to 0 octets",
        "10.99.0.2 | uid 0 at libnfs | write | granted | /backup/v4/fs01-old.vib | - | -",
        "10.99.0.2 | uid 0 at libnfs | create | granted | /backup/v4/db01.vbk | - | -",
        "10.99.0.2 | uid 0 at libnfs | truncate | granted | /backup/v4/db01.vbk | - | to 0 octets",
        "10.99.0.2 | uid 0 at libnfs | write | granted | /backup/v4/db01.vbk | - | -",
        "10.99.0.2 | uid 0 at libnfs | create | granted | /backup/v4/dc01.vbk | - | -",
        "10.99.0.2 | uid 0 at libnfs | truncate | granted | /backup/v4/dc01.vbk | - | to 0 octets",
        "10.99.0.2 | uid 0 at libnfs | write | granted | /backup/v4/dc01.vbk | - | -",
        "10.99.0.2 | uid 0 at libnfs | create | granted | /backup/v4/web01.vbk | - | -",
        "10.99.0.2 | uid 0 at libnfs | truncate | granted | /backup/v4/web01.vbk | - | to 0 octets",
        "10.99.0.2 | uid 0 at libnfs | write | granted | /backup/v4/web01.vbk | - | -",
        "10.99.0.2 | uid 0 at libnfs | read | granted | /backup/v4/fs01.vbk | - | -",
        "10.99.0.2 | uid 0 at libnfs | delete | granted | /backup/v4/fs01-old.vib | - | -",
        "10.99.0.3 | uid 0 at libnfs | write | granted | /backup/v4/fs01.vbk | - | -",
        "10.99.0.3 | uid 0 at libnfs | truncate | granted | /backup/v4/db01.vbk | - | to 0 octets",
        "10.99.0.3 | uid 0 at libnfs | rename | granted | /backup/v4/web01.vbk | /backup/v4/web01.vbk.locked | -",
        "10.99.0.3 | uid 0 at libnfs | delete | granted | /backup/v4/dc01.vbk | - | -",
        "10.99.0.3 | uid 0 at libnfs | delete | refused | /backup/v4/none.vbk | - | -",
      ]
    `);
  });
});

describe("the archive ledger of object stores", () => {
  it("has a backup, a restore, a prune, and an intruder's tries, deletions one by one and in bulk", async () => {
    expect(await recordedLedger("s3")).toMatchSnapshot();
  });

  it("an upload in parts is a write once it is put together, whole and with the digest of what is read back", async () => {
    expect(await recordedLedger("s3-multipart")).toEqual([
      "10.99.0.2 | S3RVER | write | granted | veeam/FS01.vbk | - | -",
      "10.99.0.2 | S3RVER | read | granted | veeam/FS01.vbk | - | -",
      "10.99.0.3 | S3RVER | delete | granted | veeam/FS01.vbk | - | -",
    ]);
    const { rows } = await analyzeInline([join(RECORDED, "s3-multipart.pcapng")]);
    const versions = rows.get("object_version") ?? [];
    expect(versions.map(({ direction, state, size }) => ({ direction, state, size }))).toEqual([
      { direction: "write", state: "complete", size: 30_000n },
      { direction: "read", state: "complete", size: 30_000n },
    ]);
    expect(versions[0]!["sha256"]).toBe(versions[1]!["sha256"]);
  });

  it("restic's REST interface: a pack whose content was exchanged is told", async () => {
    expect(await recordedLedger("restic-rest")).toMatchSnapshot();
  });

  it("WebDAV: archives put, fetched, deleted, then copied, locked, renamed and deleted", async () => {
    expect(await recordedLedger("webdav")).toMatchSnapshot();
  });
});

describe("the archive ledger of backup programs and hypervisors", () => {
  it("Amanda: two dumps, one over UDP, a restore, and all of it fetched", async () => {
    expect(await recordedLedger("amanda")).toMatchSnapshot();
  });

  it("BURP: two backups, a listing, a restore, a deletion", async () => {
    expect(await recordedLedger("burp")).toMatchSnapshot();
  });

  it("libvirt: a snapshot made and restored, a volume made; both deleted by another host", async () => {
    expect(await recordedLedger("libvirt")).toMatchSnapshot();
  });
});

describe("the archive ledger of vSphere", () => {
  it("has a backup by snapshot and export, and an intruder who removes snapshots, a machine and a file of a datastore", async () => {
    expect(await recordedLedger("vsphere")).toMatchSnapshot();
  });
});

describe("the archive ledger of FTP", () => {
  it("has an upload, a download and a deletion", async () => {
    expect(await recordedLedger("ftp-transfers")).toMatchSnapshot();
  });
});

/** What the `ssh` records of a recorded capture make of each connection, by the server's port: nothing else of it can be read. */
async function programsByPort(name: string): Promise<Record<string, string[]>> {
  const { rows } = await analyzeInline([join(RECORDED, `${name}.pcapng`)]);
  const found: Record<string, string[]> = {};
  for (const row of rows.get("ssh") ?? []) {
    const said = [row["inferred_program"], row["inferred_use"], row["inferred_direction"]].filter(
      (word) => word !== null && word !== undefined,
    );
    (found[String(row["id.resp_p"])] ??= []).push(said.map(String).join(" "));
  }
  return found;
}

describe("the archive ledger of rsync", () => {
  it("the daemon: a backup fetched, a folder put with --delete; a wrong password asks for nothing yet", async () => {
    expect(await recordedLedger("text-services")).toEqual([
      "10.99.0.2 | backup | read | granted | backup/full-2024-03-01.vbk | - | -",
      "10.99.0.2 | backup | write | granted | backup/ | - | 3 files carried, no archive among them; what the sender does not have may be deleted",
    ]);
  });

  it("the daemon as a target: two backups, the second one prunes, a restore; an intruder fetches all and empties it", async () => {
    expect(await recordedLedger("rsync-daemon")).toEqual([
      ...["DB01/DB01.bak", "FS01/FS01.vbk", "FS01/chain/FS01-1.vib", "FS01/chain/FS01-2.vib"].map(
        (name) => `10.99.0.2 | backup | write | granted | vault/nightly/${name} | - | a new file`,
      ),
      "10.99.0.2 | backup | write | granted | vault/nightly/FS01/FS01.vbk | - | over one of that name",
      "10.99.0.2 | backup | write | granted | vault/nightly/FS01/chain/FS01-3.vib | - | a new file",
      "10.99.0.2 | backup | delete | granted | vault/nightly/FS01/chain/FS01-1.vib | - | -",
      ...["FS01.vbk", "chain/FS01-2.vib", "chain/FS01-3.vib"].map(
        (name) => `10.99.0.2 | backup | read | granted | vault/nightly/FS01/${name} | - | -`,
      ),
      ...["DB01/DB01.bak", "FS01/FS01.vbk", "FS01/chain/FS01-2.vib", "FS01/chain/FS01-3.vib"].map(
        (name) => `10.99.0.3 | backup | read | granted | vault/nightly/${name} | - | -`,
      ),
      ...["FS01/chain/FS01-3.vib", "FS01/chain/FS01-2.vib", "FS01/FS01.vbk", "DB01/DB01.bak"].map(
        (name) => `10.99.0.3 | backup | delete | granted | vault/nightly/${name} | - | -`,
      ),
      "10.99.0.3 | backup | write | granted | vault/nightly/ | - | what the sender does not have may be deleted",
    ]);
  });
});

describe("programs inside SSH, which leave no ledger", () => {
  it("what each connection seems to have been, in the order of the script", async () => {
    expect(await programsByPort("ssh-programs")).toMatchInlineSnapshot(`
      {
        "2301": [
          "borg command",
        ],
        "2302": [
          "borg file copy up",
          "borg command",
        ],
        "2303": [
          "borg command",
        ],
        "2304": [
          "borg command",
        ],
        "2305": [
          "borg command",
          "borg command",
        ],
        "2306": [
          "rsync file copy up",
          "rsync command",
          "rsync file copy up",
        ],
        "2307": [
          "rsync file copy down",
          "rsync file copy down",
        ],
        "2308": [
          "file copy",
          "restic file copy",
        ],
        "2309": [
          "restic file copy up",
          "restic file copy",
        ],
        "2310": [
          "restic file copy",
        ],
        "2311": [
          "restic file copy down",
        ],
        "2312": [
          "restic file copy",
        ],
        "2313": [
          "file copy",
        ],
        "2318": [
          "file copy up",
        ],
        "2321": [
          "file copy up",
        ],
        "2324": [
          "command",
        ],
      }
    `);
    expect(await recordedLedger("ssh-programs")).toEqual([]);
  });

  it("a shell, a command, copies, rsync, Borg and a tunnel", async () => {
    expect(await programsByPort("ssh-uses")).toMatchInlineSnapshot(`
      {
        "2201": [
          "interactive",
        ],
        "2202": [
          "command",
        ],
        "2203": [
          "file copy up",
          "rsync file copy up",
          "borg file copy up",
        ],
        "2204": [
          "file copy down",
        ],
        "2205": [
          "tunnel",
        ],
      }
    `);
  });
});
