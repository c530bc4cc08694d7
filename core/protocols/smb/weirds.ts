/** What can be wrong on an SMB connection. */
export const SMB_WEIRDS = [
  /** Octets that are no NetBIOS session message with SMB inside; reading goes on at the next one. */
  "smb_framing_lost",
  /** A message shorter than its own header or than a field it announces. */
  "smb_message_truncated",
  /** `NextCommand` of a compound points outside the message. */
  "smb_compound_offset_invalid",
  /** An AndX offset that does not advance. */
  "smb_andx_offset_not_advancing",
  /** A command code that the specification does not have. */
  "smb_command_unknown",
  /** More requests in flight, handles or shares than are kept; the oldest were dropped. */
  "smb_state_limit",
  /** TRANS2_SESSION_SETUP, which no server implements and no client sends. [MS-CIFS] 2.2.6.15 */
  "smb_trans2_session_setup",
  /** A named pipe is looked into that is not open: FID 0. [MS-CIFS] 2.2.5.5 */
  "smb_peek_without_pipe",
  /** Lengths in the header of a compressed message that together do not fit into 32 bits, and who sent it. [MS-SMB2] 2.2.42, CVE-2020-0796 */
  "smb_compression_overflow",
  /** A message in the compression transform that could not be unpacked, or would become more than what is unpacked. */
  "smb_compressed",
] as const;
