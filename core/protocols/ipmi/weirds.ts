/** What can be wrong with IPMI. */
export const IPMI_WEIRDS = [
  /** A datagram that is not RMCP, or a message in clear that cannot be read. */
  "ipmi_malformed_message",
] as const;
