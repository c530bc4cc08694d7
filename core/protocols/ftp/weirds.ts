/** What can be wrong with FTP; Zeek's names. */
export const FTP_WEIRDS = [
  "FTP_invalid_command",
  "FTP_max_command_length_exceeded",
  "FTP_too_many_pending_commands",
  "FTP_user_too_long",
  "FTP_password_too_long",
  "FTP_arg_too_long",
  "FTP_reply_msg_too_long",
  "ftp_adat_bad_first_token_encoding",
] as const;
