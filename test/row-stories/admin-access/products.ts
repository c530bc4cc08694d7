import { connection, row } from "../../detection-rows.ts";
import type { RecordTables } from "../../record-tables.ts";
import type { RowStory } from "../row-story.ts";

/** An event that the backup server reports to the log server, in the form of Veeam's. */
function event(tables: RecordTables, clock: string, id: number, description: string): Promise<void> {
  return row(tables, "syslog", clock, "10.0.5.1", "10.0.0.9", {
    "id.resp_p": 514,
    app: "Veeam_MP",
    host: "BKP01",
    message: `1 ${clock.replace(" ", "T")}Z BKP01 Veeam_MP - - [origin enterpriseId="31023"] [categoryId=0 instanceId=${id} UserName="CORP\\anna" Description="${description}"]`,
  });
}

/** A log-in to the product's database. */
function logIn(tables: RecordTables, clock: string, from: string, appname: string): Promise<void> {
  return row(tables, "tds_login", clock, from, "10.0.0.30", {
    "id.resp_p": 1433,
    database: "VeeamBackup",
    username: "sa",
    appname,
    success: true,
  });
}

/** Stories of a backup product's own events and of its database. */
export const PRODUCTS: readonly RowStory[] = [
  {
    name: "safeguards-off",
    shows:
      "The backup product reports that log-on with two factors and four-eyes authorization were disabled and a credential deleted.",
    isAttack: true,
    async write(tables) {
      await connection(tables, "2024-03-01 10:00:00", "10.0.5.1", "10.0.0.9", 514);
      await event(tables, "2024-03-01 10:00:01", 40201, "Multi-factor authentication has been disabled");
      await event(tables, "2024-03-01 10:00:20", 42401, "Four-eyes authorization has been disabled");
      await event(tables, "2024-03-01 10:01:00", 25500, "Credential record svc_repo has been deleted");
    },
  },
  {
    name: "product-events",
    shows: "The backup product reports jobs that began and ended.",
    isAttack: false,
    async write(tables) {
      await connection(tables, "2024-03-01 22:00:00", "10.0.5.1", "10.0.0.9", 514);
      await event(tables, "2024-03-01 22:00:01", 110, "Backup job Daily has been started");
      await event(tables, "2024-03-01 23:00:01", 190, "Backup job Daily finished");
    },
  },
  {
    name: "database-by-hand",
    shows: "A workstation asks the backup product's database with a query tool.",
    isAttack: true,
    async write(tables) {
      await connection(tables, "2024-03-01 10:00:00", "10.0.0.77", "10.0.0.30", 1433);
      await logIn(tables, "2024-03-01 10:00:01", "10.0.0.77", "Microsoft SQL Server Management Studio - Query");
    },
  },
  {
    name: "database-of-the-server",
    shows: "The backup server uses its own database.",
    isAttack: false,
    async write(tables) {
      await connection(tables, "2024-03-01 10:00:00", "10.0.5.1", "10.0.0.30", 1433);
      await logIn(tables, "2024-03-01 10:00:01", "10.0.5.1", ".Net SqlClient Data Provider");
    },
  },
];
