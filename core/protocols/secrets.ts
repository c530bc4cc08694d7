/**
 * What the investigator gave to unseal traffic with. Secrets stay in memory: a record names where one came from, never the
 * secret itself.
 */

/**
 * Labels of a TLS key log (the format of SSLKEYLOGFILE, draft-ietf-tls-keylogfile). CLIENT_RANDOM brings the master secret of
 * TLS 1.2 and before, PMS_CLIENT_RANDOM and RSA what it is made from.
 */
export const TLS_SECRET_LABELS = [
  "CLIENT_RANDOM",
  "PMS_CLIENT_RANDOM",
  "RSA",
  "CLIENT_EARLY_TRAFFIC_SECRET",
  "EARLY_EXPORTER_SECRET",
  "EARLY_EXPORTER_MASTER_SECRET",
  "CLIENT_HANDSHAKE_TRAFFIC_SECRET",
  "SERVER_HANDSHAKE_TRAFFIC_SECRET",
  "CLIENT_TRAFFIC_SECRET_0",
  "SERVER_TRAFFIC_SECRET_0",
  "EXPORTER_SECRET",
] as const;
export type TlsSecretLabel = (typeof TLS_SECRET_LABELS)[number];

/** One line of a TLS key log. */
export interface TlsSecret {
  readonly secret: Uint8Array;
  /** Where it came from, for people: "key log keys.log, line 12", "decryption secrets block of capture 1". */
  readonly origin: string;
}

/** MD4 of an account's password as UTF-16LE. MS-NLMP 3.3.1 */
export interface NtHash {
  readonly user: string;
  /** Null if it may be the account of any domain. */
  readonly domain: string | null;
  /** 16 octets. */
  readonly hash: Uint8Array;
  readonly origin: string;
}

/** A long-term Kerberos key of a keytab. */
export interface KerberosKey {
  /** Components with "/" between them, without the realm ("cifs/files.example.com"). */
  readonly principal: string;
  readonly realm: string;
  /** Key version number. */
  readonly kvno: number;
  /** Kerberos encryption type (17 and 18: AES, 23: RC4). RFC 3961 8 */
  readonly encryptionType: number;
  readonly key: Uint8Array;
  readonly origin: string;
}

/** Secrets as an analyzer may ask for them. */
export interface Secrets {
  /**
   * The secret of a TLS session, null if none was given (so far: a capture may bring its own on the way).
   * @param key Client random, lower-case hexadecimal; for "RSA" the first 8 octets of the encrypted premaster secret.
   */
  tls(label: TlsSecretLabel, key: string): TlsSecret | null;
  /** False if no TLS secret was given so far, so that none need be asked for. */
  readonly hasTls: boolean;
  readonly ntHashes: readonly NtHash[];
  readonly kerberosKeys: readonly KerberosKey[];
}

/** Nothing was given. */
export const NO_SECRETS: Secrets = { tls: () => null, hasTls: false, ntHashes: [], kerberosKeys: [] };
