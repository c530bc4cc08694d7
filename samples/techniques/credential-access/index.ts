import type { Technique } from "../technique.ts";
import { configurationBackupRead } from "./configuration-backup-read.ts";
import { credentialFiles } from "./credential-files.ts";
import { dcReplication } from "./dc-replication.ts";
import { dcsync } from "./dcsync.ts";
import { directoryDatabase } from "./directory-database.ts";
import { domainLogon } from "./domain-logon.ts";
import { hiveSave } from "./hive-save.ts";
import { kerberoasting } from "./kerberoasting.ts";
import { kerberosSpraying } from "./kerberos-spraying.ts";
import { passwordGuessing } from "./password-guessing.ts";
import { petitpotam } from "./petitpotam.ts";
import { registryRead } from "./registry-read.ts";
import { secretRetrieval } from "./secret-retrieval.ts";
import { sshGuessing } from "./ssh-guessing.ts";
import { zerologon } from "./zerologon.ts";
import { zerologonReset } from "./zerologon-reset.ts";

/** Small captures of this phase, and harmless twins of them. A new one is a file here and two lines below. */
export const CREDENTIAL_ACCESS = [
  configurationBackupRead,
  credentialFiles,
  dcReplication,
  dcsync,
  directoryDatabase,
  domainLogon,
  hiveSave,
  kerberoasting,
  kerberosSpraying,
  passwordGuessing,
  petitpotam,
  registryRead,
  secretRetrieval,
  sshGuessing,
  zerologon,
  zerologonReset,
] as const satisfies readonly Technique[];
