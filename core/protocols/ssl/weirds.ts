/** What can be wrong with TLS; Zeek's names where Zeek has them. */
export const SSL_WEIRDS = [
  "SSL_many_server_names",
  "SSL_max_ssl_history_length_reached",
  "SSL_excessive_alerts_in_record",
  "ssl_early_application_data",
  "ssl_hello_malformed",
  "ssl_certificate_malformed",
  "ssl_handshake_message_too_long",
  "ssl_handshake_lost",
  "ssl_heartbeat_overread",
  "ssl_heartbeat_longer_answer",
] as const;

export type SslWeird = (typeof SSL_WEIRDS)[number];
