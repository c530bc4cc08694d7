/** What can be wrong with DNS messages; Zeek's names where Zeek has them. */
export const DNS_WEIRDS = [
  "DNS_truncated_len_lt_hdr_len",
  "DNS_Conn_count_too_large",
  "DNS_truncated_quest_too_short",
  "DNS_truncated_ans_too_short",
  "DNS_truncated_RR_rdlength_lt_len",
  "DNS_RR_bad_length",
  "DNS_RR_length_mismatch",
  "DNS_zero_rdlength",
  "DNS_RR_unknown_type",
  "DNS_TXT_char_str_past_rdlen",
  "DNS_label_forward_compress_offset",
  "DNS_label_len_gt_pkt",
  "DNS_label_too_long",
  "DNS_NAME_too_long",
  "EDNS_truncated_option",
  "DNS_message_lost",
] as const;

export type DnsWeird = (typeof DNS_WEIRDS)[number];
