/** What can be wrong with a WebSocket; those of the handshake are Zeek's. */
export const WEBSOCKET_WEIRDS = [
  "websocket_established_unexpected",
  "websocket_missing_key_header",
  "websocket_missing_accept_header",
  "websocket_multiple_key_headers",
  "websocket_multiple_accept_headers",
  "websocket_multiple_protocol_headers",
  "websocket_wrong_accept_header",
  "websocket_control_frame_size_exceeded",
  "websocket_lost",
  "websocket_message_too_long",
  "websocket_bad_compression",
] as const;
