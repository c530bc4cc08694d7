import type { Detection } from "../detection.ts";
import { accountChange } from "./account-change.ts";
import { auditChange } from "./audit-change.ts";
import { consoleFromStranger } from "./console-from-stranger.ts";
import { passwordChange } from "./password-change.ts";

/** Detections of this phase, in the order in which its steps usually come. A new one is a file here and two lines below. */
export const ADMIN_ACCESS: readonly Detection[] = [consoleFromStranger, accountChange, passwordChange, auditChange];
