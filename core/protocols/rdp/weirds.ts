/** What can be wrong with RDP. */
export const RDP_WEIRDS = [
  /** A message of the handshake that cannot be read. */
  "rdp_malformed_message",
  /** More channels than there may be; Zeek's name. */
  "RDP_channels_requested_exceeds_max",
  /** Octets of the handshake were lost: what came before them stands. */
  "rdp_handshake_lost",
] as const;

export type RdpWeird = (typeof RDP_WEIRDS)[number];
