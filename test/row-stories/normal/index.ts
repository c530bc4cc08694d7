import type { Row } from "../../record-tables.ts";
import { timeOf } from "../../record-tables.ts";
import type { RowStory } from "../row-story.ts";
import { SCOPE } from "../row-story.ts";
import { at, CLIENTS, SERVER, STORE, talk, usual, weeks } from "./weeks.ts";

const STRANGER = "10.0.0.77";
const LAB = "10.9.0.15";
const DRILLS = `${SCOPE}
drills: [{ name: Monthly restore, every_days: 30, target: 10.9.0.0/24 }]
`;

/** The columns that name a connection. */
function between(clock: string, from: string, to: string, port: number): Row {
  return { ts: timeOf(clock), "id.orig_h": from, "id.orig_p": 50_000, "id.resp_h": to, "id.resp_p": port };
}

/** A restore from the store to a host. */
function restore(clock: string, to: string, octets: number, fields: Row = {}): Row {
  return talk(clock, STORE, to, 2501, { duration: 900e9, orig_bytes: octets, resp_bytes: 20_000, ...fields });
}

function event(clock: string, number: number, words: string): Row {
  return {
    ...between(clock, SERVER, "10.0.0.90", 514),
    message: `1 ${clock} BKP01 Veeam_MP - - [origin enterpriseId="31023"] [categoryId=0 instanceId="${number}" JobName="Check"] ${words}`,
  };
}

/** Stories of what is normal on the estate, and of what is not. */
export const NORMAL: readonly RowStory[] = [
  {
    name: "estate-weeks",
    shows: "Three weeks of nightly backups and an administrator by day.",
    isAttack: false,
    write: (tables) => weeks(tables, 21),
  },
  {
    name: "new-port",
    shows: "In the third week the store answers a workstation on a port that it never used.",
    isAttack: true,
    async write(tables) {
      await weeks(tables, 18);
      await tables.add("conn", talk(at(17, "14:00:00"), STRANGER, STORE, 4444, { resp_bytes: 90_000 }));
    },
  },
  {
    name: "answering-host-connects",
    shows: "The store, which only answered for two weeks, opens sessions to seven hosts within minutes.",
    isAttack: true,
    async write(tables) {
      await weeks(tables, 15);
      for (let i = 1; i <= 7; i++)
        await tables.add("conn", talk(at(14, `13:0${i}:00`), STORE, `10.0.0.${30 + i}`, 445, { service: "smb" }));
    },
  },
  {
    name: "client-fingerprint",
    shows: "A client that always showed one TLS fingerprint to the backup server shows another.",
    isAttack: true,
    async write(tables) {
      await weeks(tables, 12);
      const hello = (clock: string, ja4: string): Row => ({ ...between(clock, CLIENTS[0]!, SERVER, 9401), ja4 });
      for (let i = 0; i < 28; i++)
        await tables.add("ssl", hello(at(1 + (i % 7), `1${i % 10}:15:00`), "t12d190800_d83cc789557e_7af1ed941c26"));
      await tables.add("ssl", hello(at(11, "15:00:00"), "t13d301000_01455d0db58d_5ac7197df9d2"));
    },
  },
  {
    name: "account-hour",
    shows: "An account that works by day logs on to the store at three in the night.",
    isAttack: true,
    async write(tables) {
      await weeks(tables, 12);
      const logOn = (clock: string): Row => ({
        ...between(clock, "10.0.0.30", STORE, 445),
        user: "CORP\\op",
        outcome: "confirmed",
      });
      for (let i = 0; i < 49; i++) await tables.add("smb_sessions", logOn(at(1 + (i % 7), `${10 + (i % 6)}:20:00`)));
      await tables.add("smb_sessions", logOn(at(11, "03:10:00")));
    },
  },
  {
    name: "session-shape",
    shows: "Among short sessions of one host to the store, one moves a thousand times as much.",
    isAttack: true,
    async write(tables) {
      await weeks(tables, 12);
      const session = (clock: string, octets: number): Row =>
        talk(clock, "10.0.0.40", STORE, 445, { service: "smb", resp_bytes: octets, duration: 20e9 });
      for (let i = 0; i < 42; i++)
        await tables.add("conn", session(at(1 + (i % 7), `1${i % 6}:30:00`), 30_000 + 100 * i));
      await tables.add("conn", session(at(11, "11:00:00"), 60_000_000));
    },
  },
  {
    name: "admin-at-night",
    shows: "The store is administered over SSH at three in the night, which never happened.",
    isAttack: true,
    async write(tables) {
      await weeks(tables, 20);
      await tables.add(
        "conn",
        talk(at(18, "03:00:00"), "10.0.0.33", STORE, 22, { service: "ssh", resp_bytes: 50_000 }),
      );
    },
  },
  {
    name: "repeated-log-ons",
    shows: "A host logs on to the backup server thirty times within an hour.",
    isAttack: true,
    async write(tables) {
      await weeks(tables, 12);
      for (let i = 0; i < 30; i++)
        await tables.add("smb_sessions", {
          ...between(at(11, `13:${10 + i}:00`), STRANGER, SERVER, 445),
          user: "CORP\\op",
          outcome: "confirmed",
        });
    },
  },
  {
    name: "rare-path",
    shows: "A workstation reaches a second one by remote desktop, and from there SSH goes to the store.",
    isAttack: true,
    async write(tables) {
      await weeks(tables, 12);
      await tables.add("conn", talk(at(11, "13:00:00"), STRANGER, "10.0.0.78", 3389, { service: "rdp" }));
      await tables.add("conn", talk(at(11, "13:20:00"), "10.0.0.78", STORE, 22, { service: "ssh" }));
    },
  },
  {
    name: "job-missing",
    shows: "After seventeen nights the backup does not run for one.",
    isAttack: true,
    write: (tables) => weeks(tables, 20, (day, client) => (day === 18 ? null : usual(day, client))),
  },
  {
    name: "volume-collapse",
    shows: "One night's backup moves a twentieth of what it used to.",
    isAttack: true,
    write: (tables) => weeks(tables, 20, (day, client) => usual(day, client)! / (day === 18 ? 20 : 1)),
  },
  {
    name: "volume-drift",
    shows:
      "From the tenth night on every backup moves three hundredths less than the one before, too little for any single night.",
    isAttack: true,
    write: (tables) => weeks(tables, 24, (day, client) => usual(day, client)! * 0.97 ** Math.max(0, day - 10)),
  },
  {
    name: "volume-surge",
    shows: "One night's increments are nine times as large, on every client.",
    isAttack: true,
    write: (tables) => weeks(tables, 20, (day, client) => usual(day, client)! * (day === 18 ? 9 : 1)),
  },
  {
    name: "ratio-collapse",
    shows: "A proxy, which compressed three to one for weeks, writes as much as it receives.",
    isAttack: true,
    scope: `${SCOPE.replace("admin:", "  - { address: 10.0.5.3, roles: [proxy] }\nadmin:")}`,
    async write(tables) {
      const proxy = "10.0.5.3";
      for (let day = 1; day <= 18; day++) {
        const read = 30_000_000 + 500_000 * (day % 4);
        const wrote = Math.round(read / (day < 16 ? 3 + 0.02 * (day % 3) : 1.02));
        await tables.add(
          "conn",
          talk(at(day, "22:00:00"), CLIENTS[0]!, proxy, 2500, { orig_bytes: read, duration: 600e9 }),
          talk(at(day, "22:01:00"), proxy, STORE, 445, { orig_bytes: wrote, duration: 600e9, service: "smb" }),
        );
      }
    },
  },
  {
    name: "chain-metadata",
    shows: "A workstation that writes no backups changes the metadata of a chain by day.",
    isAttack: true,
    async write(tables) {
      await weeks(tables, 12);
      for (let day = 1; day <= 12; day++)
        await tables.add("archive_op", {
          ...between(at(day, "22:05:00"), SERVER, STORE, 445),
          operation: "write",
          outcome: "granted",
          share: "\\\\REPO01\\Backups",
          object: "Nightly\\Nightly.vbm",
          octets_written: 20_000,
          protocol: "smb",
        });
      await tables.add("archive_op", {
        ...between(at(11, "14:00:00"), STRANGER, STORE, 445),
        operation: "write",
        outcome: "granted",
        actor: "CORP\\op",
        share: "\\\\REPO01\\Backups",
        object: "Nightly\\Nightly.vbm",
        octets_written: 900,
        protocol: "smb",
      });
    },
  },
  {
    name: "restore-drills",
    shows: "Twice, thirty days apart, a machine of the laboratory is restored, as planned.",
    isAttack: false,
    scope: DRILLS,
    async write(tables) {
      await weeks(tables, 40);
      await tables.add(
        "conn",
        restore(at(8, "13:00:00"), LAB, 14_000_000),
        restore(at(38, "13:00:00"), LAB, 14_500_000),
      );
    },
  },
  {
    name: "drill-overdue",
    shows: "Backups of forty days and no restore drill, though the scope plans one a month.",
    isAttack: true,
    scope: DRILLS,
    write: (tables) => weeks(tables, 40),
  },
  {
    name: "drill-cut-short",
    shows: "The second drill moves a tenth of the first and is cut off.",
    isAttack: true,
    scope: DRILLS,
    async write(tables) {
      await weeks(tables, 40);
      await tables.add(
        "conn",
        restore(at(8, "13:00:00"), LAB, 14_000_000),
        restore(at(38, "13:00:00"), LAB, 1_400_000, { conn_state: "RSTR" }),
      );
    },
  },
  {
    name: "restore-unplanned",
    shows: "Fourteen megabytes go from the store to a workstation that is not backed up, and no plan names it.",
    isAttack: true,
    scope: DRILLS,
    async write(tables) {
      await weeks(tables, 20);
      await tables.add(
        "conn",
        talk(at(17, "14:00:00"), STRANGER, "10.0.0.30", 445, { service: "smb" }),
        talk(at(18, "14:00:00"), STRANGER, STORE, 445, { service: "smb", resp_bytes: 14_000_000, duration: 300e9 }),
        talk(at(16, "14:00:00"), STRANGER, "10.0.0.30", 445, { service: "smb" }),
      );
    },
  },
  {
    name: "verification-events",
    shows: "The backup software reports a verification run with one failed machine.",
    isAttack: false,
    async write(tables) {
      await weeks(tables, 3);
      await tables.add(
        "syslog",
        event(at(2, "06:00:00"), 310, "SureBackup job has been started."),
        event(at(2, "06:10:00"), 350, "Verification task for FS01 finished with state success."),
        event(at(2, "06:20:00"), 350, "Verification task for APP01 finished with state success."),
        event(at(2, "06:30:00"), 390, "SureBackup job has been finished."),
      );
    },
  },
  {
    name: "health-check",
    shows: "The backup software reports a health check of the store.",
    isAttack: false,
    async write(tables) {
      await weeks(tables, 3);
      await tables.add(
        "syslog",
        event(at(2, "05:00:00"), 41_700, "Health check has been started."),
        event(at(2, "06:00:00"), 41_710, "Health check has been finished."),
      );
    },
  },
  {
    name: "unreadable-data",
    shows: "A restore meets files that the store cannot read.",
    isAttack: true,
    async write(tables) {
      await weeks(tables, 3);
      for (const name of ["Nightly\\a.vbk", "Nightly\\b.vib"])
        await tables.add("smb_operations", {
          ...between(at(2, "13:00:00"), SERVER, STORE, 445),
          action: "transfer",
          name,
          status: "STATUS_CRC_ERROR",
          outcome: "refused",
        });
    },
  },
  {
    name: "drill-leaks",
    shows: "The machine that a drill brought up talks to an address outside.",
    isAttack: true,
    scope: DRILLS,
    async write(tables) {
      await weeks(tables, 12);
      await tables.add(
        "conn",
        restore(at(10, "13:00:00"), LAB, 14_000_000),
        talk(at(10, "15:00:00"), LAB, "203.0.113.9", 443, { service: "ssl" }),
      );
    },
  },
];
