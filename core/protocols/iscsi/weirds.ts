/** What can be wrong in iSCSI. */
export const ISCSI_WEIRDS = [
  // A header does not fit its CRC32C.
  "iscsi_header_digest_error",
  // An answer came for a task that was not asked for.
  "iscsi_unknown_task",
  // More tasks were outstanding than are kept; the oldest was told without its answer.
  "iscsi_too_many_tasks",
] as const;
