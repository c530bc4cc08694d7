import type { RecordTables, Row } from "../../record-tables.ts";
import type { Ends } from "../acts.ts";
import { day, tell } from "../acts.ts";
import { connection } from "../../detection-rows.ts";
import type { RowStory } from "../row-story.ts";

const LOG: Ends = ["10.0.5.1", "10.0.0.50", 514];
const HOST_LOG: Ends = ["10.0.5.2", "10.0.0.50", 514];
const TO_DIRECTORY: Ends = ["10.0.0.77", "10.0.0.10", 389];
const TO_REPOSITORY: Ends = ["10.0.0.20", "10.0.5.2", 445];
const TIME: Ends = ["10.0.5.2", "10.0.0.10", 123];

/** A line as Veeam Backup & Replication sends it. */
function event(
  tables: RecordTables,
  clock: string,
  number: number,
  fields: string,
  description: string,
  seconds = 0,
): Promise<void> {
  const time = new Date(Date.parse(`${clock.replace(" ", "T")}Z`) + 1000 * seconds).toISOString();
  const message = `1 ${time} BKP01 Veeam_MP - - [origin enterpriseId="31023"] [categoryId=0 instanceId=${number} ${fields} Version="1" Description="${description}"]`;
  return tell(tables, "syslog", clock, LOG, { proto: "udp", host: "BKP01", app: "Veeam_MP", message }, seconds);
}

const clockSaid = (tables: RecordTables, table: string, clock: string, ends: Ends, fields: Row): Promise<void> =>
  tell(tables, table, clock, ends, fields);

/** Stories of what products, hosts and directories say. */
export const PRODUCT: readonly RowStory[] = [
  {
    name: "product-week",
    shows: "The product tells of its jobs and of what retention removed, every night of a week.",
    isAttack: false,
    async write(tables) {
      for (let night = 1; night <= 7; night++) {
        const clock = `${day(night)} 22:00:00`;
        await event(tables, clock, 110, 'JobName="Daily"', "Backup job 'Daily' has been started.");
        await event(
          tables,
          clock,
          10050,
          'VmName="FS01" UserName="BKP01\\SYSTEM"',
          "Restore point for VM 'FS01' has been removed according to the configured retention policy.",
          600,
        );
        await event(
          tables,
          clock,
          190,
          'JobName="Daily" JobResult="0"',
          "Backup job 'Daily' finished with Success.",
          900,
        );
        await event(
          tables,
          clock,
          41710,
          'JobName="Daily" JobResult="0"',
          "Health check 'Daily' finished with Success.",
          1200,
        );
      }
    },
  },
  {
    name: "product-sabotage",
    shows:
      "An account cuts the retention of a job, deletes the job and its repository, and tries to delete locked backups.",
    isAttack: true,
    async write(tables) {
      const by = 'UserName="CORP\\jdoe"';
      await event(
        tables,
        `${day(2)} 01:00:00`,
        23050,
        `JobName="Daily" ChangesXML="<changes><object oldRetainCycles="14" newRetainCycles="1" /></changes>" ${by}`,
        "Backup job 'Daily' has been changed.",
      );
      await event(tables, `${day(2)} 01:05:00`, 23090, `JobName="Daily" ${by}`, "Backup job 'Daily' has been deleted.");
      await event(
        tables,
        `${day(2)} 01:06:00`,
        28200,
        `RepositoryName="Main" ${by}`,
        "Backup repository 'Main' has been deleted.",
      );
      await event(
        tables,
        `${day(2)} 01:07:00`,
        41600,
        'ObjectName="FS01"',
        "Potential malware activity detected on FS01.",
      );
      await event(
        tables,
        `${day(2)} 01:09:00`,
        42260,
        `ObjectName="FS01" ${by}`,
        "Objects have been added to malware detection exclusions.",
      );
    },
  },
  {
    name: "log-silence",
    shows:
      "The repository sends log lines by the minute, then none for hours, while it still opens connections and another host's lines go on.",
    isAttack: true,
    async write(tables) {
      for (let i = 0; i < 80; i++)
        await tell(
          tables,
          "syslog",
          `${day(2)} 00:00:00`,
          HOST_LOG,
          { proto: "udp", host: "REPO01", message: "Mar  2 00:00:00 REPO01 svc: ok" },
          60 * i,
        );
      for (let i = 0; i < 80; i++)
        await tell(
          tables,
          "syslog",
          `${day(2)} 00:00:00`,
          LOG,
          { proto: "udp", host: "BKP01", message: "Mar  2 00:00:00 BKP01 svc: ok" },
          300 * i,
        );
      for (let hour = 2; hour <= 6; hour++)
        await connection(tables, `${day(2)} 0${hour}:30:00`, "10.0.5.2", "10.0.0.10", 53);
    },
  },
  {
    name: "clock-moved",
    shows: "The repository's clock, told in its NTLM challenges, moves half a year ahead; its time server tells it so.",
    isAttack: true,
    async write(tables) {
      await clockSaid(tables, "ntlm", `${day(2)} 01:00:00`, TO_REPOSITORY, { server_time: `${day(2)} 01:00:00` });
      await clockSaid(tables, "ntlm", `${day(2)} 03:00:00`, TO_REPOSITORY, { server_time: "2024-09-02 03:00:00" });
      await clockSaid(tables, "ntp", `${day(2)} 02:00:00`, TIME, {
        mode: 4,
        stratum: 2,
        xmt_time: "2024-09-02 02:00:00",
      });
    },
  },
  {
    name: "backup-account-disabled",
    shows: "A workstation disables the account of the backup service in the directory.",
    isAttack: true,
    async write(tables) {
      await tell(tables, "ldap", `${day(2)} 01:00:00`, TO_DIRECTORY, {
        opcode: "modify",
        result: "success",
        dn: "CN=svc_backup,OU=Services,DC=corp,DC=example",
        object: "CN=svc_backup,OU=Services,DC=corp,DC=example",
        changes: ["replace userAccountControl"],
        values: ["userAccountControl=514"],
        user: "CORP\\jdoe",
      });
    },
  },
];
