import type { Detection } from "../detection.ts";
import { asrepRoasting } from "./asrep-roasting.ts";
import { coercion } from "./coercion.ts";
import { configurationBackup } from "./configuration-backup.ts";
import { credentialFiles } from "./credential-files.ts";
import { dcsync } from "./dcsync.ts";
import { directoryDatabase } from "./directory-database.ts";
import { hiveSave } from "./hive-save.ts";
import { kerberoasting } from "./kerberoasting.ts";
import { kerberosDowngrade } from "./kerberos-downgrade.ts";
import { kerberosSpraying } from "./kerberos-spraying.ts";
import { passwordGuessing } from "./password-guessing.ts";
import { secretRetrieval } from "./secret-retrieval.ts";
import { sshGuessing } from "./ssh-guessing.ts";
import { zerologon } from "./zerologon.ts";

/** Detections of this phase, in the order in which its steps usually come. A new one is a file here and two lines below. */
export const CREDENTIAL_ACCESS: readonly Detection[] = [
  dcsync,
  hiveSave,
  directoryDatabase,
  credentialFiles,
  kerberoasting,
  asrepRoasting,
  kerberosDowngrade,
  kerberosSpraying,
  coercion,
  sshGuessing,
  passwordGuessing,
  secretRetrieval,
  configurationBackup,
  zerologon,
];
