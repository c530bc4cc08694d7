import type { Technique } from "../technique.ts";
import { archiveDelete } from "./archive-delete.ts";
import { archiveOverwrite } from "./archive-overwrite.ts";
import { archiveRename } from "./archive-rename.ts";
import { archiveTruncate } from "./archive-truncate.ts";
import { bulkDelete } from "./bulk-delete.ts";
import { eventLogClear } from "./event-log-clear.ts";
import { ransomNote } from "./ransom-note.ts";
import { remoteShutdown } from "./remote-shutdown.ts";
import { retentionDelete } from "./retention-delete.ts";
import { serviceStop } from "./service-stop.ts";
import { shadowCopyDelete } from "./shadow-copy-delete.ts";
import { shareDelete } from "./share-delete.ts";

/** Small captures of this phase, and harmless twins of them. A new one is a file here and two lines below. */
export const TAMPERING = [
  archiveDelete,
  archiveOverwrite,
  archiveRename,
  archiveTruncate,
  bulkDelete,
  eventLogClear,
  ransomNote,
  remoteShutdown,
  retentionDelete,
  serviceStop,
  shadowCopyDelete,
  shareDelete,
] as const satisfies readonly Technique[];
