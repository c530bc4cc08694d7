/** What can be wrong with DCE/RPC: the closed list of weird names. */
export const WEIRDS = [
  /** Octets that should begin a PDU do not; the analyzer searches for the next one. */
  "dce_rpc_not_a_pdu",
  /** A PDU's inner lengths contradict its own length. */
  "dce_rpc_pdu_too_short",
  /** More calls without an answer than are kept; the oldest was reported as attempted. */
  "dce_rpc_too_many_open_calls",
  /** A fragment came whose first fragment was not seen. */
  "dce_rpc_fragment_without_first",
  /** A security provider whose tokens Zeek does not read: anything but SPNEGO and NTLM. */
  "unknown_dce_rpc_auth_type",
] as const;

export type DceRpcWeird = (typeof WEIRDS)[number];
