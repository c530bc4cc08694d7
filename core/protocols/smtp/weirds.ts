/** What can be wrong with SMTP; Zeek's names. */
export const SMTP_WEIRDS = [
  "smtp_mail_transaction_invalid",
  "smtp_excessive_invalid_mail_transactions",
  "smtp_nested_mail_transaction",
  "smtp_unmatched_end_of_data",
  "smtp_excessive_pending_cmds",
  "smtp_invalid_bdat_command",
  "smtp_huge_bdat_chunk",
  "smtp_missing_bdat_last_chunk",
  "smtp_bdat_remaining_at_end_data",
  "smtp_bdat_undelivered_at_done",
  "smtp_bdat_line_cr_only",
  "smtp_bdat_line_lf_only",
  "smtp_bdat_line_too_long",
  "smtp_too_many_rcptto_addresses",
  "smtp_too_many_to_addresses",
  "smtp_too_many_cc_addresses",
  "smtp_max_path_length_exceeded",
  "exceeded_mime_max_header_bytes",
  "exceeded_mime_max_depth",
] as const;

export type SmtpWeird = (typeof SMTP_WEIRDS)[number];
