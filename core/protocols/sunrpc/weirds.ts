/** What can be wrong in remote procedure calls; names as Zeek has them where it has them. */
export const SUNRPC_WEIRDS = [
  /** Octets that are no record; reading goes on at the next one. */
  "sunrpc_framing_lost",
  /** A record longer than is kept, without file data in it; it was passed over. */
  "sunrpc_record_too_long",
  /** Arguments or results shorter than they must be. */
  "sunrpc_message_truncated",
  /** More calls without answers than are kept. */
  "RPC_pending_calls_discarded",
  /** A header that cannot be read. */
  "bad_RPC",
  "responder_RPC_call",
  "originator_RPC_reply",
  /** An answer to no call that was seen. */
  "unpaired_RPC_response",
  /** A call that is sent again, and is another one. */
  "RPC_rexmit_inconsistency",
  "invalid_nfs_status",
  "unhandled_nfs3_file_type",
  "unhandled_nfs3_time_how",
  "unhandled_nfs3_stable_how",
  "invalid_mount_status",
  "unhandled_mount3_auth_flavor",
  /** Octets behind the end of a message. */
  "excess_RPC",
] as const;
