import { incident } from "./incident.ts";
import { quiet } from "./quiet.ts";
import type { Scenario } from "./scenario.ts";

export const SCENARIOS = [incident, quiet] as const satisfies readonly Scenario[];
