/** What can be wrong with SSH. */
export const SSH_WEIRDS = ["ssh_malformed_identification", "ssh_malformed_packet", "ssh_handshake_lost"] as const;
