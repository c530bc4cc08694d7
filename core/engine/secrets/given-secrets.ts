import type { KerberosKey, NtHash, TlsSecretLabel } from "../../protocols/secrets.ts";

/** From where on a secret that a capture brought is known: analysis must not depend on how far ahead the file was read. */
export interface SecretPlace {
  readonly capture: number;
  /** Frames of the capture before it. */
  readonly frame: number;
  /** Latest time of those frames, ns; the time of the first frame if there are none. */
  readonly ts: bigint;
}

/** A line of a TLS key log. */
export interface TlsSecretEntry {
  readonly label: TlsSecretLabel;
  /** Client random; for RSA the beginning of the encrypted premaster secret. Lower-case hexadecimal. */
  readonly key: string;
  readonly secret: Uint8Array;
  readonly origin: string;
}

/** Secrets on their way to the analyzers; plain values, so that they can go to worker threads. */
export interface GivenSecrets {
  readonly tls: readonly TlsSecretEntry[];
  readonly ntHashes: readonly NtHash[];
  readonly kerberosKeys: readonly KerberosKey[];
}

export const NOTHING_GIVEN: GivenSecrets = { tls: [], ntHashes: [], kerberosKeys: [] };

/** TLS secrets that a capture brought, with their place in it. */
export interface FoundSecrets {
  readonly from: SecretPlace;
  readonly tls: readonly TlsSecretEntry[];
}
