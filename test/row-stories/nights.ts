import { connection } from "../detection-rows.ts";
import type { RecordTables } from "../record-tables.ts";
import { talk, tls } from "./talk.ts";

/** Machines of `SCOPE` and around it. */
export const BACKUP = "10.0.5.1";
export const REPOSITORY = "10.0.5.2";
export const HYPERVISOR = "10.0.0.60";
export const FILER = "10.0.0.30";
export const FILES = "10.0.0.20";
export const RESOLVER = "10.0.0.10";
export const STRANGER = "10.0.0.77";
export const DROP = "203.0.113.66";

const day = (number: number): string => `2024-03-${String(number).padStart(2, "0")}`;

/** Nine nights of backups, and what their machines ask of the outside by day. */
export async function outsideNights(tables: RecordTables): Promise<void> {
  for (let night = 1; night <= 9; night++) {
    await connection(tables, `${day(night)} 22:00:00`, BACKUP, REPOSITORY, 445, {
      service: "smb",
      orig_bytes: 900_000_000,
      resp_bytes: 2_000_000,
      duration: 3600e9,
    });
    await tls(tables, `${day(night)} 06:10:00`, BACKUP, "198.51.100.20", "updates.vendor.example", 3000, 90_000);
    await tls(tables, `${day(night)} 09:10:00`, STRANGER, "198.51.100.30", "www.newspaper.example", 9000, 900_000);
  }
}

/** Nine days of a site with every kind of repository, all of them used by the backup server alone. */
export async function repositoryDays(tables: RecordTables): Promise<void> {
  await outsideNights(tables);
  for (let night = 1; night <= 9; night++) {
    const clock = `${day(night)} 23:00:00`;
    await talk(tables, {
      clock,
      from: BACKUP,
      to: REPOSITORY,
      port: 3260,
      said: {
        iscsi: {
          initiator: "iqn.1991-05.com.microsoft:bkp01",
          target: "iqn.2004-04.com.example:repo01",
          session_type: "Normal",
          success: true,
          octets_read: 4_000_000,
          octets_written: 80_000_000,
        },
      },
    });
    await talk(tables, {
      clock,
      from: BACKUP,
      to: FILER,
      port: 10_000,
      said: {
        ndmp: [
          { operation: "DATA_START_BACKUP", outcome: "granted", user: "ndmp" },
          { operation: "TAPE_WRITE", outcome: "granted", octets: 9_000_000 },
        ],
      },
    });
    await talk(tables, {
      clock,
      from: BACKUP,
      to: REPOSITORY,
      port: 8000,
      said: { restic: { operation: "write", repository: "/fs01", type: "data", octets: 60_000_000, status_code: 200 } },
    });
    await talk(tables, {
      clock,
      from: BACKUP,
      to: REPOSITORY,
      port: 9000,
      said: {
        object_store: {
          service: "s3",
          operation: "PutObject",
          bucket: "backups",
          key: `night${night}`,
          access_key: "AKBACKUP",
          status_code: 200,
          request_octets: 60_000_000,
        },
      },
    });
    await talk(tables, {
      clock,
      from: BACKUP,
      to: "10.0.5.5",
      port: 1433,
      conn: { service: "tds", resp_bytes: 9_000_000 },
      said: { tds_login: { username: "veeam", database: "VeeamBackup", success: true } },
    });
    await connection(tables, `${day(night)} 04:00:00`, REPOSITORY, FILES, 2500, {
      orig_bytes: 400_000_000,
      resp_bytes: 20_000,
    });
    await connection(tables, clock, BACKUP, HYPERVISOR, 902, {
      service: "ssl",
      orig_bytes: 100_000,
      resp_bytes: 2_000_000_000,
    });
  }
}
