/** What can be wrong with SOCKS; the names are Zeek's. */
export const SOCKS_WEIRDS = ["socks5_unsupported_authentication_method", "socks5_unsupported_authentication"] as const;
