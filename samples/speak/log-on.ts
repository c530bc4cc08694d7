import type { NtlmIdentity, NtlmServer } from "./ntlm.ts";
import type { Mechanism } from "./spnego.ts";

/** Who logs on where, and by what. */
export interface LogOn {
  readonly who: NtlmIdentity;
  readonly server: NtlmServer;
  /** Name of the server as the client typed it: host name or address. */
  readonly serverName: string;
  /** Kerberos realm. */
  readonly realm: string;
  readonly mechanism: Mechanism;
  /** The server wants signed messages. */
  readonly mustSign: boolean;
  /** Time of the log-on. [MS-DTYP] 2.3.3 */
  readonly filetime: bigint;
}

/** 100 ns intervals from 1601-01-01 to a number of nanoseconds since 1970-01-01. */
export function filetimeOf(ns: bigint): bigint {
  return ns / 100n + 116_444_736_000_000_000n;
}
