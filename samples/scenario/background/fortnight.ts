import { administration } from "./administration.ts";
import { backupNights } from "./backup-nights.ts";
import { officeDays } from "./office-days.ts";
import { restoreDrill } from "./restore-drill.ts";
import type { Scale } from "../scale.ts";
import type { Stage } from "../stage.ts";

/** Ordinary life from Monday 0:00: nights, office, administration, and a restore drill on the second Thursday. */
export function fortnight(stage: Stage, scale: Scale, nights: number, days: number): void {
  stage.timeline.follow(backupNights(stage, scale, nights));
  stage.timeline.follow(officeDays(stage, scale, days));
  stage.timeline.follow(administration(stage, scale, days));
  restoreDrill(stage, scale, 10);
}
