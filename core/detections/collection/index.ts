import type { Detection } from "../detection.ts";
import { archiveBuilt } from "./archive-built.ts";
import { archiveRead } from "./archive-read.ts";
import { databaseDump } from "./database-dump.ts";
import { diskExport } from "./disk-export.ts";
import { ndmpRecovery } from "./ndmp-recovery.ts";
import { newInitiator } from "./new-initiator.ts";
import { objectReads } from "./object-reads.ts";
import { repositoryPull } from "./repository-pull.ts";
import { restoreElsewhere } from "./restore-elsewhere.ts";
import { tapeRead } from "./tape-read.ts";
import { sessionShape } from "./session-shape.ts";

/** Detections of this phase, in the order in which its steps usually come. A new one is a file here and two lines below. */
export const COLLECTION: readonly Detection[] = [
  archiveRead,
  repositoryPull,
  objectReads,
  restoreElsewhere,
  diskExport,
  newInitiator,
  ndmpRecovery,
  tapeRead,
  databaseDump,
  archiveBuilt,
  sessionShape,
];
