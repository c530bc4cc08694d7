import type { Detection } from "../detection.ts";
import { accountChange } from "./account-change.ts";
import { auditChange } from "./audit-change.ts";
import { consoleFromStranger } from "./console-from-stranger.ts";
import { configurationDatabase } from "./configuration-database.ts";
import { directoryChange } from "./directory-change.ts";
import { esxAdmins } from "./esx-admins.ts";
import { hypervisorFromStranger } from "./hypervisor-from-stranger.ts";
import { hypervisorShell } from "./hypervisor-shell.ts";
import { hypervisorSsh } from "./hypervisor-ssh.ts";
import { managementController } from "./management-controller.ts";
import { networkDevice } from "./network-device.ts";
import { objectStoreAdministration } from "./object-store-administration.ts";
import { passwordChange } from "./password-change.ts";
import { policyFiles } from "./policy-files.ts";
import { productCredentials } from "./product-credentials.ts";
import { safeguardsOff } from "./safeguards-off.ts";
import { snmpSet } from "./snmp-set.ts";
import { storageFromStranger } from "./storage-from-stranger.ts";
import { virtualRights } from "./virtual-rights.ts";
import { accountHour } from "./account-hour.ts";
import { outsideUsualTime } from "./outside-usual-time.ts";
import { repeatedLogOns } from "./repeated-log-ons.ts";

/** Detections of this phase, in the order in which its steps usually come. A new one is a file here and two lines below. */
export const ADMIN_ACCESS: readonly Detection[] = [
  consoleFromStranger,
  hypervisorFromStranger,
  hypervisorSsh,
  hypervisorShell,
  managementController,
  storageFromStranger,
  configurationDatabase,
  accountChange,
  passwordChange,
  directoryChange,
  policyFiles,
  virtualRights,
  safeguardsOff,
  objectStoreAdministration,
  snmpSet,
  productCredentials,
  auditChange,
  esxAdmins,
  networkDevice,
  accountHour,
  outsideUsualTime,
  repeatedLogOns,
];
