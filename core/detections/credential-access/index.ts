import type { Detection } from "../detection.ts";
import { addressSpoofing } from "./address-spoofing.ts";
import { asrepRoasting } from "./asrep-roasting.ts";
import { certificateRelay } from "./certificate-relay.ts";
import { clearCredentials } from "./clear-credentials.ts";
import { coercion } from "./coercion.ts";
import { configurationBackup } from "./configuration-backup.ts";
import { consoleLogOnFailures } from "./console-log-on-failures.ts";
import { credentialFiles } from "./credential-files.ts";
import { credentialTablePostgresql } from "./credential-table-postgresql.ts";
import { credentialTable } from "./credential-table.ts";
import { dcsync } from "./dcsync.ts";
import { directoryDatabase } from "./directory-database.ts";
import { federationExport } from "./federation-export.ts";
import { forgedTicket } from "./forged-ticket.ts";
import { hiveSave } from "./hive-save.ts";
import { kerberoasting } from "./kerberoasting.ts";
import { kerberosDowngrade } from "./kerberos-downgrade.ts";
import { skeletonKey } from "./skeleton-key.ts";
import { kerberosSpraying } from "./kerberos-spraying.ts";
import { marshalledName } from "./marshalled-name.ts";
import { namePoisoning } from "./name-poisoning.ts";
import { ntlmRelay } from "./ntlm-relay.ts";
import { passwordGuessing } from "./password-guessing.ts";
import { productRegistryKeys } from "./product-registry-keys.ts";
import { rogueController } from "./rogue-controller.ts";
import { secretRetrieval } from "./secret-retrieval.ts";
import { serverIdentityChange } from "./server-identity-change.ts";
import { sshGuessing } from "./ssh-guessing.ts";
import { zerologon } from "./zerologon.ts";

/** Detections of this phase, in the order in which its steps usually come. A new one is a file here and two lines below. */
export const CREDENTIAL_ACCESS: readonly Detection[] = [
  namePoisoning,
  addressSpoofing,
  serverIdentityChange,
  clearCredentials,
  dcsync,
  rogueController,
  hiveSave,
  directoryDatabase,
  credentialFiles,
  kerberoasting,
  asrepRoasting,
  kerberosDowngrade,
  skeletonKey,
  forgedTicket,
  kerberosSpraying,
  coercion,
  marshalledName,
  ntlmRelay,
  certificateRelay,
  sshGuessing,
  passwordGuessing,
  consoleLogOnFailures,
  secretRetrieval,
  federationExport,
  productRegistryKeys,
  credentialTable,
  credentialTablePostgresql,
  configurationBackup,
  zerologon,
];
