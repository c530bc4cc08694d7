/** What can be wrong with HTTP/2. */
export const HTTP2_WEIRDS = [
  "http2_frame_too_long",
  "http2_header_block_too_long",
  "http2_bad_header_block",
  "http2_too_many_streams",
  "http2_lost",
] as const;
