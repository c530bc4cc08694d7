import type { RecordTables, Row } from "../../record-tables.ts";
import { connection } from "../../detection-rows.ts";
import type { Ends } from "../acts.ts";
import { day, tell } from "../acts.ts";
import type { RowStory } from "../row-story.ts";

const SERVER: Ends = ["10.0.5.1", "10.0.5.2", 445];
const DESK: Ends = ["10.0.0.77", "10.0.5.2", 445];
const CLIENT: Ends = ["10.0.0.20", "10.0.5.2", 445];
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
  {
    name: "archives-encrypted",
    shows: "A workstation reads six archives and writes over each what looks random.",
    isAttack: true,
    async write(tables) {
      for (let i = 0; i < 6; i++)
        await onShare(
          tables,
          `${day(2)} 01:00:00`,
          DESK,
          {
            action: "transfer",
            name: `Daily\\FS0${i}.vbk`,
            create_action: "OPENED",
            bytes_read: 4_000_000,
            bytes_written: 4_000_000,
            write_start: 0,
            entropy_read: 7.97,
            chi_square_read: 2900,
            entropy_written: 8,
            chi_square_written: 249,
          },
          i,
        );
    },
  },
  {
    name: "encrypting-jobs",
    shows: "The backup server writes new archives that its job encrypts, every night of a week.",
    isAttack: false,
    async write(tables) {
      for (let night = 1; night <= 7; night++)
        for (let i = 0; i < 6; i++) {
          const fields = {
            name: `Daily\\FS0${i}-${night}.vib`,
            create_action: "CREATED",
            bytes_read: 0,
            bytes_written: 9_000_000,
            write_start: 0,
          };
          await onShare(
            tables,
            `${day(night)} 22:00:00`,
            SERVER,
            { action: "transfer", ...fields, entropy_written: 8, chi_square_written: 255 },
            i,
          );
        }
      await connection(tables, `${day(1)} 22:00:00`, "10.0.5.1", "10.0.5.2", 445);
      await connection(tables, `${day(7)} 22:00:00`, "10.0.5.1", "10.0.5.2", 445);
    },
  },
  {
    name: "source-encrypted",
    shows: "A client copies documents to the repository every night; from the sixth on they look random.",
    isAttack: true,
    async write(tables) {
      for (let night = 1; night <= 7; night++) {
        const now =
          night < 6
            ? { entropy_written: 5.1, chi_square_written: 90_000 }
            : { entropy_written: 8, chi_square_written: 258 };
        for (let i = 0; i < 8; i++)
          await onShare(
            tables,
            `${day(night)} 22:00:00`,
            CLIENT,
            {
              action: "transfer",
              name: `fs01\\plan${i}.csv`,
              create_action: "OVERWRITTEN",
              bytes_written: 90_000,
              write_start: 0,
              ...now,
            },
            i,
          );
        await connection(tables, `${day(night)} 22:00:00`, "10.0.0.20", "10.0.5.2", 445);
      }
    },
  },
];
