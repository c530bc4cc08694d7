import type { RecordTables, Row } from "../../record-tables.ts";
import type { Ends } from "../acts.ts";
import { day, tell } from "../acts.ts";
import type { RowStory } from "../row-story.ts";

const SERVER: Ends = ["10.0.5.1", "10.0.5.2", 445];
const DESK: Ends = ["10.0.0.77", "10.0.5.2", 445];
const SERVER_NFS: Ends = ["10.0.5.1", "10.0.5.2", 2049];
const DESK_NFS: Ends = ["10.0.0.77", "10.0.5.2", 2049];

const SHARE = { path: "\\\\REPO01\\Backups", user: "CORP\\svc_backup", outcome: "confirmed" };
const onShare = (tables: RecordTables, clock: string, ends: Ends, fields: Row, seconds = 0): Promise<void> =>
  tell(tables, "smb_operations", clock, ends, { ...SHARE, ...fields }, seconds);
const onExport = (tables: RecordTables, clock: string, ends: Ends, fields: Row, seconds = 0): Promise<void> =>
  tell(
    tables,
    "nfs",
    clock,
    ends,
    { version: "3", outcome: "confirmed", export: "/backup", uid_number: 0, machine: "host", ...fields },
    seconds,
  );

/** Stories of files on SMB shares and NFS exports. */
export const FILES: readonly RowStory[] = [
  {
    name: "nfs-retention",
    shows: "The backup server writes an increment over NFS every night and deletes the oldest.",
    isAttack: false,
    async write(tables) {
      for (let night = 1; night <= 9; night++) {
        const clock = `${day(night)} 22:00:00`;
        const fresh = `/backup/FS01-${night + 20}.vib`;
        await onExport(tables, clock, SERVER_NFS, { operation: "CREATE", path: fresh, size: 0, detail: "created" });
        await onExport(
          tables,
          clock,
          SERVER_NFS,
          { operation: "WRITE", path: fresh, offset: 0, end: 900_000, octets: 900_000 },
          1,
        );
        await onExport(tables, clock, SERVER_NFS, { operation: "REMOVE", path: `/backup/FS01-${night}.vib` }, 60);
        const ledger = { protocol: "nfs", outcome: "granted", archive_kind: "Veeam increment", product: "Veeam" };
        await tell(tables, "archive_op", clock, SERVER_NFS, { ...ledger, operation: "write", object: fresh }, 1);
        await tell(
          tables,
          "archive_op",
          clock,
          SERVER_NFS,
          { ...ledger, operation: "delete", object: `/backup/FS01-${night}.vib` },
          60,
        );
      }
    },
  },
  {
    name: "archive-zeroed",
    shows: "A workstation empties the range of a full backup by SMB and frees that of another by NFS.",
    isAttack: true,
    async write(tables) {
      await onShare(tables, `${day(2)} 01:00:00`, DESK, {
        action: "zero",
        name: "Daily\\FS01.vbk",
        size: 500_000_000,
        target: "0",
      });
      await onExport(tables, `${day(2)} 01:05:00`, DESK_NFS, {
        operation: "DEALLOCATE",
        path: "/backup/FS02.vbk",
        offset: 0,
        end: 400_000_000,
      });
    },
  },
  {
    name: "sparse-archives",
    shows:
      "The backup server frees ranges of its sparse archives every night, and brings the rights of a new file along.",
    isAttack: false,
    async write(tables) {
      for (let night = 1; night <= 6; night++) {
        const clock = `${day(night)} 22:00:00`;
        await onShare(tables, clock, SERVER, {
          action: "zero",
          name: "Daily\\FS01.vbk",
          size: 90_000_000,
          target: "0",
        });
        const name = `Daily\\FS01-${night}.vib`;
        await onShare(tables, clock, SERVER, { action: "open", name, create_action: "CREATED" }, 10);
        await onShare(tables, clock, SERVER, { action: "set_security", name, target: "DACL D:(A;;FA;;;BA)" }, 11);
      }
    },
  },
  {
    name: "repository-rights",
    shows: "A workstation opens the rights of a backup share to everyone, and of an export.",
    isAttack: true,
    async write(tables) {
      await onShare(tables, `${day(2)} 01:00:00`, DESK, {
        action: "set_security",
        name: "",
        target: "DACL D:(A;;FA;;;WD)",
      });
      await onExport(tables, `${day(2)} 01:05:00`, DESK_NFS, { operation: "SETATTR", path: "/backup", mode: "0777" });
    },
  },
];
