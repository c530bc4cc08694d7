import type { Technique } from "../technique.ts";
import { accountCreate } from "./account-create.ts";
import { auditChange } from "./audit-change.ts";
import { newAdminProtocol } from "./new-admin-protocol.ts";
import { passwordChange } from "./password-change.ts";

/** Small captures of this phase, and harmless twins of them. A new one is a file here and two lines below. */
export const ADMIN_ACCESS = [
  accountCreate,
  auditChange,
  newAdminProtocol,
  passwordChange,
] as const satisfies readonly Technique[];
