import { connection } from "../../detection-rows.ts";
import type { RecordTables } from "../../record-tables.ts";
import { DIRECTORY } from "./directory.ts";
import type { RowStory } from "../row-story.ts";
import { PRODUCTS } from "./products.ts";
import { INFRASTRUCTURE } from "./infrastructure.ts";

/** Nine days in which the administrator opens the backup server's console every morning. */
async function consoleMornings(tables: RecordTables): Promise<void> {
  for (let day = 1; day <= 9; day++)
    await connection(tables, `2024-03-0${day} 09:00:00`, "10.0.0.21", "10.0.5.1", 9392);
}

/** Stories of administration. */
export const ADMIN_ACCESS: readonly RowStory[] = [
  {
    name: "console-mornings",
    shows: "The administrator opens the backup console on nine mornings.",
    isAttack: false,
    write: consoleMornings,
  },
  {
    name: "console-from-stranger",
    shows: "After nine mornings of the administrator, a workstation opens the backup console.",
    isAttack: true,
    async write(tables) {
      await consoleMornings(tables);
      await connection(tables, "2024-03-09 12:00:00", "10.0.0.77", "10.0.5.1", 9392);
    },
  },
  ...DIRECTORY,
  ...INFRASTRUCTURE,
  ...PRODUCTS,
];
