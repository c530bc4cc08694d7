/** What can be wrong in NBD. */
export const NBD_WEIRDS = [
  // An answer came for a request that was not seen.
  "nbd_unknown_cookie",
] as const;
