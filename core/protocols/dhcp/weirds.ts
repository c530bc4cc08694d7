/** What can be wrong with DHCP messages. */
export const DHCP_WEIRDS = ["dhcp_malformed", "dhcp_no_message_type", "dhcp_option_past_end"] as const;
