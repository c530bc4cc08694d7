import type { RecordTables, Row } from "../../record-tables.ts";
import { connection } from "../../detection-rows.ts";
import type { Ends } from "../acts.ts";
import { day, tell } from "../acts.ts";
import type { RowStory } from "../row-story.ts";

const STORE: Ends = ["10.0.5.1", "10.0.5.2", 9000];
const DESK: Ends = ["10.0.0.77", "10.0.5.2", 445];
const SERVER: Ends = ["10.0.5.1", "10.0.5.2", 22];
const CLIENT: Ends = ["10.0.0.20", "10.0.5.2", 2049];
const LOG: Ends = ["10.0.5.1", "10.0.0.50", 514];
const TO_SERVER: Ends = ["10.0.0.20", "10.0.5.1", 445];

const upload = (tables: RecordTables, clock: string, fields: Row, seconds = 0): Promise<void> =>
  tell(
    tables,
    "object_store",
    clock,
    STORE,
    { service: "s3", operation: "PutObject", status_code: 200, bucket: "main", access_key: "AKIDBACKUP", ...fields },
    seconds,
  );

/** A connection of a client to a store, with the network cards of both. */
const linked = (
  tables: RecordTables,
  clock: string,
  from: string,
  card: string,
  to: string,
  toCard: string,
  port: number,
): Promise<void> => connection(tables, clock, from, to, port, { orig_l2_addr: card, resp_l2_addr: toCard });

/** Stories of the state of stored data and of the evidence. */
export const INTEGRITY_STATE: readonly RowStory[] = [
  {
    name: "upload-exchanged",
    shows: "Of an object that the backup server uploads, other bytes arrive than it announced.",
    isAttack: true,
    write: (tables) =>
      upload(tables, `${day(2)} 01:00:00`, { key: "Veeam/Backup/FS01.blk", content_verified: "mismatch" }),
  },
  {
    name: "lock-forgotten",
    shows: "The backup server uploads with a lock every hour for a day, then six times without.",
    isAttack: true,
    async write(tables) {
      for (let hour = 0; hour < 20; hour++)
        await upload(
          tables,
          `${day(1)} 00:00:00`,
          { key: `b${hour}.blk`, lock_mode: "COMPLIANCE", retain_until: "2024-03-15T00:00:00Z" },
          3600 * hour,
        );
      for (let hour = 0; hour < 6; hour++)
        await upload(tables, `${day(2)} 00:00:00`, { key: `c${hour}.blk` }, 3600 * hour);
    },
  },
  {
    name: "lock-refused",
    shows: "A workstation tries to delete four locked objects of a backup bucket; the store refuses each.",
    isAttack: true,
    async write(tables) {
      for (let i = 0; i < 4; i++)
        await tell(
          tables,
          "archive_op",
          `${day(2)} 01:00:00`,
          ["10.0.0.77", "10.0.5.2", 9000],
          {
            operation: "delete",
            outcome: "refused",
            status: "403 AccessDenied",
            protocol: "s3",
            share: "main",
            object: `Veeam/Backup/FS01.${i}.blk`,
            product: "Veeam",
            actor: "AKIDBACKUP",
          },
          i,
        );
    },
  },
  {
    name: "repository-check",
    shows: "A nightly check of a restic repository reports errors.",
    isAttack: true,
    write: (tables) =>
      tell(tables, "syslog", `${day(2)} 03:00:00`, LOG, {
        host: "BKP01",
        app: "restic",
        message:
          '1 2024-03-02T03:00:00Z BKP01 restic - - - {"message_type":"summary","num_errors":3,"broken_packs":["26c7c58f"],"suggest_repair_index":true,"suggest_prune":false}',
      }),
  },
  {
    name: "capture-loss",
    shows: "For half an hour a fifth of what went to the repository was not captured.",
    isAttack: true,
    async write(tables) {
      for (let i = 0; i < 6; i++)
        await connection(tables, `${day(2)} 02:0${i}:00`, "10.0.5.1", "10.0.5.2", 445, {
          orig_bytes: 900_000,
          resp_bytes: 100_000,
          missed_bytes: 200_000,
        });
    },
  },
  {
    name: "clock-wrong",
    shows: "The backup server's clock, told in its NTLM challenges, is ten minutes ahead.",
    isAttack: true,
    async write(tables) {
      for (let hour = 1; hour <= 3; hour++)
        await tell(tables, "ntlm", `${day(2)} 0${hour}:00:00`, TO_SERVER, { server_time: `${day(2)} 0${hour}:10:00` });
    },
  },
  {
    name: "client-exchanged",
    shows: "A client that backs up every night comes with another network card and another host key.",
    isAttack: true,
    async write(tables) {
      for (let night = 1; night <= 4; night++) {
        const [card, key] = night < 4 ? ["00:50:56:00:00:20", "SHA256:old"] : ["de:ad:be:ef:00:20", "SHA256:new"];
        await linked(tables, `${day(night)} 22:00:00`, "10.0.0.20", card, "10.0.5.2", "00:50:56:00:05:02", 2049);
        await tell(tables, "archive_op", `${day(night)} 22:00:00`, CLIENT, {
          operation: "write",
          outcome: "granted",
          protocol: "nfs",
          object: `/backup/host${night}.vbk`,
          archive_kind: "Veeam full backup",
        });
        await tell(tables, "ssh", `${day(night)} 21:00:00`, ["10.0.5.1", "10.0.0.20", 22], { host_key_sha256: key });
      }
    },
  },
  {
    name: "server-exchanged",
    shows: "The repository's address is answered with another network card and another host key on the fifth night.",
    isAttack: true,
    async write(tables) {
      for (let night = 1; night <= 5; night++) {
        const [card, key] = night < 5 ? ["00:50:56:00:05:02", "SHA256:old"] : ["de:ad:be:ef:05:02", "SHA256:new"];
        await linked(tables, `${day(night)} 22:00:00`, "10.0.5.1", "00:50:56:00:05:01", "10.0.5.2", card, 22);
        await tell(tables, "ssh", `${day(night)} 22:00:00`, SERVER, { host_key_sha256: key });
      }
    },
  },
  {
    name: "files-encrypted",
    shows: "A workstation writes twelve documents on a share of the repository whose first octets are of no document.",
    isAttack: true,
    async write(tables) {
      for (let i = 0; i < 12; i++)
        await tell(
          tables,
          "smb_operations",
          `${day(2)} 01:00:00`,
          DESK,
          {
            action: "transfer",
            path: "\\\\REPO01\\Data",
            name: `plans\\plan${i}.docx`,
            user: "CORP\\jdoe",
            bytes_written: 90_000,
            write_start: 0,
            magic: `${(0x9a10f3c2 + i).toString(16)}b7e45501cc98fe3271ab90d4`,
          },
          i,
        );
    },
  },
];
