/** What can be wrong in LDAP. Those with a capital are Zeek's, from its base/protocols/ldap/main.zeek. */
export const LDAP_WEIRDS = [
  /** Octets where a message should begin that begin none. */
  "ldap_message_malformed",
  /** A message whose operation cannot be read. */
  "ldap_operation_malformed",
  /** A message, or a signed SASL buffer, larger than is held; it is passed over. */
  "ldap_message_too_long",
  /** A request or response repeats its message id with another content. */
  "LDAP_message_opcode_change",
  "LDAP_message_result_change",
  "LDAP_message_diagnostic_message_change",
  "LDAP_message_object_change",
  "LDAP_message_argument_change",
  "LDAP_search_result_change",
  "LDAP_search_diagnostic_message_change",
  "LDAP_search_scope_change",
  "LDAP_search_deref_aliases_change",
  "LDAP_search_base_object_change",
  "LDAP_search_filter_change",
  /** A bind's response whose request was not seen, and a bind request under an id that is in use. */
  "LDAP_bind_without_opcode",
  "LDAP_bind_opcode_already_set",
  /** More requests without an answer than are kept; what is kept is written. */
  "LDAP_max_pending_messages_exceeded",
  "LDAP_max_pending_searches_exceeded",
] as const;

export type LdapWeird = (typeof LDAP_WEIRDS)[number];
