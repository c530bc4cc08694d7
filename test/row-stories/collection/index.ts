import { connection } from "../../detection-rows.ts";
import type { RecordTables } from "../../record-tables.ts";
import { FILER, HYPERVISOR, repositoryDays, REPOSITORY, STRANGER } from "../nights.ts";
import type { RowStory } from "../row-story.ts";
import { request, talk } from "../talk.ts";

/** A story that begins with nine ordinary days. */
function after(name: string, shows: string, then: (tables: RecordTables) => Promise<void>): RowStory {
  return {
    name,
    shows: `After nine ordinary days, ${shows}`,
    isAttack: true,
    async write(tables) {
      await repositoryDays(tables);
      await then(tables);
    },
  };
}

/** Stories of backups that are read by whom they are not for. */
export const COLLECTION: readonly RowStory[] = [
  {
    name: "repository-days",
    shows:
      "Nine days of a site with iSCSI, NDMP, restic, S3 and a configuration database, all used by the backup server alone.",
    isAttack: false,
    write: repositoryDays,
  },
  after("restore-to-stranger", "a workstation receives a restore stream.", (tables) =>
    connection(tables, "2024-03-09 12:00:00", REPOSITORY, STRANGER, 2501, {
      orig_bytes: 700_000_000,
      resp_bytes: 30_000,
    }),
  ),
  after(
    "disk-export",
    "a workstation asks the hypervisor for a disk in clear, and downloads another under TLS.",
    async (tables) => {
      await request(tables, "2024-03-09 12:00:00", STRANGER, HYPERVISOR, {
        uri: "/folder/DC01/DC01-flat.vmdk?dcPath=ha-datacenter",
        response_body_len: 40_000_000,
      });
      await connection(tables, "2024-03-09 13:00:00", STRANGER, HYPERVISOR, 443, {
        service: "ssl",
        orig_bytes: 300_000,
        resp_bytes: 3_000_000_000,
      });
    },
  ),
  after("bucket-reader", "a workstation reads a hundred and twenty objects with another key.", (tables) =>
    talk(tables, {
      clock: "2024-03-09 12:00:00",
      from: STRANGER,
      to: REPOSITORY,
      port: 9000,
      said: {
        object_store: Array.from({ length: 120 }, (_, i) => ({
          service: "s3",
          operation: "GetObject",
          bucket: "backups",
          key: `night${i}`,
          access_key: "AKOTHER",
          status_code: 200,
          response_octets: 500_000,
        })),
      },
    }),
  ),
  after("new-initiator", "a workstation attaches the repository's disk.", (tables) =>
    talk(tables, {
      clock: "2024-03-09 12:00:00",
      from: STRANGER,
      to: REPOSITORY,
      port: 3260,
      said: {
        iscsi: {
          initiator: "iqn.1993-08.org.debian:01:ws77",
          target: "iqn.2004-04.com.example:repo01",
          session_type: "Normal",
          success: true,
          octets_read: 90_000_000,
        },
      },
    }),
  ),
  after(
    "packed-and-staged",
    "a workstation reads from the repository and writes a 7z archive to another machine.",
    async (tables) => {
      await connection(tables, "2024-03-09 12:00:00", STRANGER, REPOSITORY, 445, {
        service: "smb",
        orig_bytes: 200_000,
        resp_bytes: 900_000_000,
      });
      await talk(tables, {
        clock: "2024-03-09 12:40:00",
        from: STRANGER,
        to: "10.0.0.72",
        port: 445,
        conn: { service: "smb", orig_bytes: 600_000_000 },
        said: {
          smb_operations: {
            action: "transfer",
            path: "\\\\10.0.0.72\\temp",
            name: "q.7z",
            user: "CORP\\kim",
            bytes_written: 600_000_000,
            magic: "377abcaf271c0004",
          },
        },
      });
    },
  ),
  after("database-pull", "a workstation pulls nine megabytes from the configuration database.", (tables) =>
    talk(tables, {
      clock: "2024-03-09 12:00:00",
      from: STRANGER,
      to: "10.0.5.5",
      port: 1433,
      conn: { service: "tds", resp_bytes: 9_000_000 },
      said: { tds_login: { username: "sa", database: "VeeamBackup", success: true } },
    }),
  ),
  after("tape-reader", "a workstation reads a tape.", (tables) =>
    talk(tables, {
      clock: "2024-03-09 12:00:00",
      from: STRANGER,
      to: FILER,
      port: 10_000,
      said: { ndmp: { operation: "TAPE_READ", outcome: "granted", octets: 9_000_000, device: "nrst0a", user: "ndmp" } },
    }),
  ),
  after("repository-puller", "a workstation reads the restic repository.", (tables) =>
    talk(tables, {
      clock: "2024-03-09 12:00:00",
      from: STRANGER,
      to: REPOSITORY,
      port: 8000,
      said: { restic: { operation: "read", repository: "/fs01", type: "data", octets: 300_000_000, status_code: 200 } },
    }),
  ),
];
