/** What can be wrong with WinRM. */
export const WINRM_WEIRDS = [
  /** A body that is neither a SOAP envelope nor sealed. */
  "winrm_malformed_message",
  /** A body of which only the first part was read. */
  "winrm_message_too_long",
] as const;
