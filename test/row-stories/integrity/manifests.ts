import type { RecordTables, Row } from "../../record-tables.ts";
import { timeOf } from "../../record-tables.ts";
import type { Ends } from "../acts.ts";
import { day, tell } from "../acts.ts";
import type { RowStory } from "../row-story.ts";

const SERVER: Ends = ["10.0.5.1", "10.0.5.2", 445];
const DESK: Ends = ["10.0.0.77", "10.0.5.2", 445];
const TO_CLIENT: Ends = ["10.0.5.1", "10.0.0.31", 445];

/** A digest that is told from others by one letter. */
const digest = (letter: string): string => letter.repeat(64);

interface Listed {
  readonly path: string;
  readonly sha256?: string;
  readonly change?: string;
  readonly size?: number;
}

let manifests = 0;

/** A manifest that the investigator gave. */
async function give(
  tables: RecordTables,
  clock: string,
  entries: readonly Listed[],
  fields: { format?: string; host?: string } = {},
): Promise<void> {
  const id = ++manifests;
  const { format = "checksums (GNU)", host = null } = fields;
  await tables.change([
    {
      sql: `INSERT INTO manifests VALUES (${id}, '/evidence/list-${id}', '${format}', NULL, NULL, ${host === null ? "NULL" : `'${host}'`}, make_timestamp_ns(${timeOf(clock)}), 'manifest', '${id}', 100, ${entries.length}, 0, NULL, NULL, NULL)`,
    },
    ...entries.map(({ path, sha256, change, size }, i) => ({
      sql: `INSERT INTO manifest_entries (manifest, line, path, original, size, sha256, change) VALUES (${id}, ${i + 1}, '${path}', '${path}', ${size ?? "NULL"}, ${sha256 === undefined ? "NULL" : `'${sha256}'`}, ${change === undefined ? "NULL" : `'${change}'`})`,
    })),
  ]);
}

/** A version that went by whole. */
function version(
  tables: RecordTables,
  clock: string,
  ends: Ends,
  object: string,
  sha256: string,
  fields: Row = {},
): Promise<void> {
  return tell(tables, "object_version", clock, ends, {
    ended: clock,
    protocol: "smb",
    direction: "read",
    share: "\\\\REPO01\\Backup",
    object,
    actor: "CORP\\svc_backup",
    state: "complete",
    size: 4096,
    octets: 4096,
    coverage: 1,
    sha256,
    ...fields,
  });
}

/** A directory, listed whole. */
function listed(tables: RecordTables, clock: string, names: readonly string[]): Promise<void> {
  return tell(tables, "directory_listing", clock, SERVER, {
    protocol: "smb",
    share: "\\\\REPO01\\Backup",
    object: "Daily",
    names: [...names],
    complete: true,
  });
}

const FULL = "Daily\\FS01.vbk";

/** Stories of lists of what backups should be. */
export const MANIFESTS: readonly RowStory[] = [
  {
    name: "manifest-mismatch",
    shows:
      "The archive that the list of Monday names is written over by a workstation on Tuesday; on Wednesday the backup server reads it back. Another is listed with other content than was written before.",
    isAttack: true,
    async write(tables) {
      await version(tables, `${day(1)} 01:00:00`, SERVER, FULL, digest("a"), { direction: "write", begins: "new" });
      await give(tables, `${day(1)} 08:00:00`, [{ path: "Daily/FS01.vbk", sha256: digest("a") }]);
      await version(tables, `${day(2)} 03:00:00`, DESK, FULL, digest("b"), {
        direction: "write",
        begins: "new",
        actor: "CORP\\eve",
      });
      await version(tables, `${day(3)} 09:00:00`, SERVER, FULL, digest("b"));
      // What was written on Sunday is not what the list of Monday found on the disk, and nobody was seen to change it.
      await version(tables, `${day(1)} 02:00:00`, SERVER, "Weekly\\DC01.vbk", digest("7"), {
        direction: "write",
        begins: "new",
      });
      await tell(tables, "archive_op", `${day(1)} 02:00:00`, SERVER, {
        operation: "write",
        outcome: "granted",
        protocol: "smb",
        share: "\\\\REPO01\\Backup",
        object: "Weekly\\DC01.vbk",
      });
      await give(tables, `${day(1)} 09:00:00`, [{ path: "Weekly/DC01.vbk", sha256: digest("8") }]);
    },
  },
  {
    name: "manifest-agrees",
    shows:
      "Archives are read as the list has them, or after the backup server rewrote them; a file is restored as it was; a partial read; retention.",
    isAttack: false,
    async write(tables) {
      await version(tables, `${day(1)} 01:00:00`, SERVER, FULL, digest("a"), { direction: "write", begins: "new" });
      await version(tables, `${day(1)} 01:30:00`, SERVER, "Daily\\DB01.vbk", digest("c"), {
        direction: "write",
        begins: "new",
      });
      await give(tables, `${day(1)} 08:00:00`, [
        { path: "D:/Backup/Daily/FS01.vbk", sha256: digest("a") },
        { path: "D:/Backup/Daily/DB01.vbk", sha256: digest("c") },
        { path: "D:/Backup/Weekly/DB01.vbk", sha256: digest("e") },
        { path: "D:/Backup/Daily/OLD.vbk", sha256: digest("d") },
        { path: "C:/Data/report.docx", sha256: digest("f") },
      ]);
      await version(tables, `${day(2)} 09:00:00`, SERVER, FULL, digest("a"));
      await version(tables, `${day(2)} 09:10:00`, SERVER, FULL, "", {
        state: "partial",
        sha256: null,
        octets: 512,
        coverage: 0.125,
      });
      await version(tables, `${day(3)} 01:30:00`, SERVER, "Daily\\DB01.vbk", digest("9"), {
        direction: "write",
        begins: "new",
      });
      await version(tables, `${day(3)} 09:00:00`, SERVER, "Daily\\DB01.vbk", digest("9"));
      await version(tables, `${day(3)} 10:00:00`, TO_CLIENT, "Data\\report.docx", digest("f"), {
        direction: "write",
        begins: "new",
        share: "\\\\PC31\\C$",
      });
      await tell(tables, "archive_op", `${day(4)} 02:00:00`, SERVER, {
        operation: "delete",
        outcome: "granted",
        protocol: "smb",
        share: "\\\\REPO01\\Backup",
        object: "Daily\\OLD.vbk",
        archive_kind: "Veeam full backup",
        product: "Veeam",
      });
      await listed(tables, `${day(4)} 02:05:00`, ["FS01.vbk", "DB01.vbk", "FS01.vbm"]);
      await give(tables, `${day(4)} 08:00:00`, [{ path: "/backup/Daily/OLD.vbk", change: "removed" }], {
        format: "AIDE report",
      });
    },
  },
  {
    name: "restore-differs",
    shows:
      "The backup server restores three files to a machine; one of them is not what was recorded when it was backed up.",
    isAttack: true,
    async write(tables) {
      const files = ["accounts", "prices", "staff"];
      await give(
        tables,
        `${day(1)} 02:00:00`,
        files.map((name, i) => ({ path: `C:/Data/${name}.csv`, sha256: digest("abc"[i]!) })),
      );
      for (const [i, name] of files.entries())
        await version(tables, `${day(3)} 10:00:0${i}`, TO_CLIENT, `Data\\${name}.csv`, digest("abe"[i]!), {
          direction: "write",
          begins: "new",
          share: "\\\\PC31\\C$",
        });
    },
  },
  {
    name: "integrity-report",
    shows:
      "A report on the repository says that two archives are gone and one changed; a workstation was seen to delete one of them.",
    isAttack: true,
    async write(tables) {
      await tell(tables, "archive_op", `${day(2)} 03:00:00`, DESK, {
        operation: "delete",
        outcome: "granted",
        protocol: "smb",
        share: "\\\\REPO01\\Backup",
        object: FULL,
        archive_kind: "Veeam full backup",
        product: "Veeam",
        actor: "CORP\\eve",
      });
      await give(
        tables,
        `${day(2)} 06:00:00`,
        [
          { path: "/mnt/backup/Daily/FS01.vbk", change: "removed" },
          { path: "/mnt/backup/Daily/DB01.vbk", change: "removed" },
          { path: "/etc/hosts", change: "changed" },
          { path: "/mnt/backup/Daily/FS01.vbm", change: "changed" },
        ],
        { format: "AIDE report", host: "repo01" },
      );
    },
  },
  {
    name: "files-missing",
    shows: "Of two archives that the list names one is gone from the directory, and nobody was seen to delete it.",
    isAttack: true,
    async write(tables) {
      await give(tables, `${day(1)} 08:00:00`, [
        { path: "/srv/backup/Daily/FS01.vbk", sha256: digest("a") },
        { path: "/srv/backup/Daily/DB01.vbk", sha256: digest("b") },
      ]);
      await listed(tables, `${day(2)} 09:00:00`, ["db01.vbk", "readme.txt"]);
    },
  },
];
