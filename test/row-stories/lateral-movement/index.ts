import { connection } from "../../detection-rows.ts";
import type { RecordTables } from "../../record-tables.ts";
import type { RowStory } from "../row-story.ts";
import { BACKUP_SOFTWARE } from "./backup-software.ts";
import { HALF_SEEN } from "./half-seen.ts";
import { SESSIONS } from "./sessions.ts";
import { ACCOUNTS } from "./accounts.ts";
import { ACTIVATIONS } from "./activations.ts";
import { EXPLOITS } from "./exploits.ts";

/** Nine nights in which the backup server calls its agent. */
async function agentNights(tables: RecordTables): Promise<void> {
  for (let day = 1; day <= 9; day++)
    await connection(tables, `2024-03-0${day} 22:00:00`, "10.0.5.1", "10.0.0.20", 6160);
}

/** Stories of movement from machine to machine. */
export const LATERAL_MOVEMENT: readonly RowStory[] = [
  {
    name: "agent-nights",
    shows: "The backup server calls its agent on nine nights.",
    isAttack: false,
    write: agentNights,
  },
  {
    name: "agent-called-by-stranger",
    shows: "After nine nights of the backup server, a workstation calls the agent.",
    isAttack: true,
    async write(tables) {
      await agentNights(tables);
      await connection(tables, "2024-03-09 12:00:00", "10.0.0.77", "10.0.0.20", 6160);
    },
  },
  ...ACCOUNTS,
  ...BACKUP_SOFTWARE,
  ...SESSIONS,
  ...HALF_SEEN,
  ...ACTIVATIONS,
  ...EXPLOITS,
];
