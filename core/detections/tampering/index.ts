import type { Detection } from "../detection.ts";
import { archiveDeletion } from "./archive-deletion.ts";
import { archiveOverwrite } from "./archive-overwrite.ts";
import { archiveRename } from "./archive-rename.ts";
import { archiveTruncation } from "./archive-truncation.ts";
import { eventLogClear } from "./event-log-clear.ts";
import { ransomNote } from "./ransom-note.ts";
import { remoteShutdown } from "./remote-shutdown.ts";
import { serviceStop } from "./service-stop.ts";
import { shadowCopies } from "./shadow-copies.ts";
import { shareChange } from "./share-change.ts";

/** Detections of this phase, in the order in which its steps usually come. A new one is a file here and two lines below. */
export const TAMPERING: readonly Detection[] = [
  archiveDeletion,
  archiveRename,
  archiveTruncation,
  archiveOverwrite,
  shareChange,
  shadowCopies,
  eventLogClear,
  serviceStop,
  remoteShutdown,
  ransomNote,
];
