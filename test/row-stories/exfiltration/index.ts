import { connection } from "../../detection-rows.ts";
import { BACKUP, DROP, FILER, FILES, outsideNights, REPOSITORY, STRANGER } from "../nights.ts";
import type { RowStory } from "../row-story.ts";
import { request, talk, tls } from "../talk.ts";

const OFFICE = ["10.0.0.71", "10.0.0.72"] as const;

/** Stories of data that leaves. */
export const EXFILTRATION: readonly RowStory[] = [
  {
    name: "cloud-tools",
    shows:
      "The backup server uploads with rclone, in clear and in four sessions at one time, to MEGA and transfer.sh, with the AWS command line and over QUIC.",
    isAttack: true,
    async write(tables) {
      await request(tables, "2024-03-01 13:00:00", BACKUP, DROP, {
        method: "PUT",
        host: DROP,
        uri: "/in/fs01.bin",
        user_agent: "rclone/v1.65.0",
        request_body_len: 90_000_000,
      });
      for (const second of [0, 1, 2, 3])
        await talk(tables, {
          clock: `2024-03-01 13:10:0${second}`,
          from: BACKUP,
          to: "198.51.100.51",
          port: 443,
          conn: { service: "ssl", duration: 60e9, orig_bytes: 70_000_000, resp_bytes: 90_000 },
          said: { ssl: { version: "TLSv13", server_name: "s3.eu-central-1.wasabisys.com", established: true } },
        });
      await tls(
        tables,
        "2024-03-01 13:20:00",
        BACKUP,
        "198.51.100.52",
        "gfs270n071.userstorage.mega.co.nz",
        80_000_000,
        90_000,
      );
      await tls(tables, "2024-03-01 13:30:00", BACKUP, "198.51.100.53", "transfer.sh", 8_000_000, 9000);
      await request(tables, "2024-03-01 13:40:00", BACKUP, "198.51.100.54", {
        method: "PUT",
        host: "store.example",
        uri: "/b/k",
        user_agent: "aws-cli/2.15.0 md/awscrt#0.19.19",
        request_body_len: 5_000_000,
      });
      await talk(tables, {
        clock: "2024-03-01 13:50:00",
        from: BACKUP,
        to: "198.51.100.55",
        port: 443,
        conn: { proto: "udp", service: "quic,ssl", orig_bytes: 200_000_000, resp_bytes: 3_000_000 },
        said: { quic: { version: "1", server_name: "up.example", client_protocol: "h3" } },
      });
    },
  },
  {
    name: "file-transfer-out",
    shows: "A file server uploads by FTP, by FTP over TLS, inside SSH and by WebDAV.",
    isAttack: true,
    async write(tables) {
      await talk(tables, {
        clock: "2024-03-01 14:00:00",
        from: FILES,
        to: DROP,
        port: 21,
        conn: { service: "ftp" },
        said: {
          ftp: {
            user: "drop",
            command: "STOR",
            arg: "ftp://203.0.113.66/in/FS01.vbk",
            reply_code: 226,
            file_size: 40_000_000,
          },
        },
      });
      await connection(tables, "2024-03-01 14:30:00", FILES, "203.0.113.67", 21, {
        service: "ftp,ssl",
        duration: 300e9,
      });
      await connection(tables, "2024-03-01 14:30:10", FILES, "203.0.113.67", 40_021, {
        service: "ssl",
        orig_bytes: 30_000_000,
        resp_bytes: 3000,
      });
      await talk(tables, {
        clock: "2024-03-01 15:00:00",
        from: FILES,
        to: DROP,
        port: 22,
        conn: { service: "ssh", orig_bytes: 600_000_000, resp_bytes: 900_000 },
        said: {
          ssh: {
            client: "SSH-2.0-OpenSSH_9.6",
            auth_success: true,
            inferred_use: "file copy",
            inferred_direction: "up",
            orig_session_octets: 600_000_000,
            resp_session_octets: 900_000,
          },
        },
      });
      await request(tables, "2024-03-01 15:30:00", FILES, DROP, {
        method: "PUT",
        host: DROP,
        uri: "/dav/accounts.zip",
        user_agent: "Microsoft-WebDAV-MiniRedir/10.0.19045",
        request_body_len: 4_000_000,
        status_code: 201,
      });
    },
  },
  {
    name: "unknown-bucket",
    shows: "After eight days with the site's bucket, the backup server sends to another one at the same provider.",
    isAttack: true,
    async write(tables) {
      for (let day = 1; day <= 9; day++)
        await tls(
          tables,
          `2024-03-0${day} 23:30:00`,
          BACKUP,
          "198.51.100.60",
          "site-backups.s3.eu-central-1.amazonaws.com",
          50_000_000,
          90_000,
        );
      await tls(
        tables,
        "2024-03-09 12:00:00",
        BACKUP,
        "198.51.100.61",
        "qx-archive-77.s3.eu-central-1.amazonaws.com",
        50_000_000,
        90_000,
      );
    },
  },
  {
    name: "day-export",
    shows: "After nine nights of backups, the repository sends as much to the outside at noon.",
    isAttack: true,
    async write(tables) {
      await outsideNights(tables);
      await connection(tables, "2024-03-09 12:00:00", REPOSITORY, DROP, 443, {
        service: "ssl",
        orig_bytes: 700_000_000,
        resp_bytes: 2_000_000,
        duration: 1200e9,
      });
    },
  },
  {
    name: "slow-export",
    shows: "The hypervisor's neighbour sends sixty pieces of the same size to the outside, ten on each of six days.",
    isAttack: true,
    async write(tables) {
      for (let piece = 0; piece < 60; piece++)
        await connection(tables, `2024-03-0${2 + Math.floor(piece / 10)} 1${piece % 10}:00:00`, STRANGER, DROP, 443, {
          service: "ssl",
          orig_bytes: 50_000_000 + piece * 1000,
          resp_bytes: 90_000,
          duration: 400e9,
        });
    },
  },
  {
    name: "backup-tools-out",
    shows:
      "The backup server writes to a restic repository and a provider's gateway outside; the filer replicates itself to the outside.",
    isAttack: true,
    async write(tables) {
      await talk(tables, {
        clock: "2024-03-01 16:00:00",
        from: BACKUP,
        to: DROP,
        port: 8000,
        conn: { service: "http", orig_bytes: 90_000_000 },
        said: { restic: { operation: "write", repository: "/x", type: "data", octets: 90_000_000, status_code: 200 } },
      });
      await connection(tables, "2024-03-01 16:30:00", BACKUP, "203.0.113.70", 6180, {
        service: "ssl",
        orig_bytes: 90_000_000,
      });
      await connection(tables, "2024-03-01 17:00:00", FILER, "203.0.113.71", 11_105, { orig_bytes: 90_000_000 });
    },
  },
  {
    name: "staged-export",
    shows:
      "A workstation copies two gigabytes from the repository and a file server, and sends nearly as much to the outside in the evening.",
    isAttack: true,
    async write(tables) {
      await connection(tables, "2024-03-01 15:00:00", STRANGER, REPOSITORY, 445, {
        service: "smb",
        orig_bytes: 400_000,
        resp_bytes: 1_500_000_000,
      });
      await connection(tables, "2024-03-01 16:00:00", STRANGER, FILES, 445, {
        service: "smb",
        orig_bytes: 400_000,
        resp_bytes: 500_000_000,
      });
      await connection(tables, "2024-03-01 20:00:00", STRANGER, DROP, 443, {
        service: "ssl",
        orig_bytes: 1_900_000_000,
        resp_bytes: 4_000_000,
      });
      await connection(tables, "2024-03-01 20:00:00", OFFICE[0], DROP, 443, { service: "ssl", orig_bytes: 2000 });
    },
  },
  {
    name: "ndmp-export",
    shows: "A workstation drives the filer by NDMP: it sends a backup to an address outside, then starts a recovery.",
    isAttack: true,
    scope: `
assets:
  - { address: 10.0.5.1, name: BKP01, roles: [backup-server] }
  - { address: 10.0.0.30, name: NAS01, roles: [repository] }
`,
    async write(tables) {
      await talk(tables, {
        clock: "2024-03-01 18:00:00",
        from: STRANGER,
        to: FILER,
        port: 10_000,
        said: {
          ndmp: [
            { operation: "DATA_CONNECT", outcome: "granted", address: `${DROP}:4100`, user: "ndmp" },
            { operation: "DATA_START_BACKUP", outcome: "granted", user: "ndmp" },
          ],
        },
      });
      await talk(tables, {
        clock: "2024-03-01 19:00:00",
        from: STRANGER,
        to: FILER,
        port: 10_000,
        said: { ndmp: { operation: "DATA_START_RECOVER", outcome: "granted", user: "ndmp", paths: ["/accounts"] } },
      });
    },
  },
];
