/**
 * What an authentication left on the wire from which the keys of the layer above it (SMB3, DCE/RPC, LDAP) follow, given the
 * secret of one side. Kept only if the investigator gave a secret of its kind; all octets are copies.
 */
export type SecurityContext = NtlmContext | KerberosContext;

/** The three messages of NTLM. With an NT hash: session base key, exported session key, sealing keys. [MS-NLMP] 3.3, 3.4.5 */
export interface NtlmContext {
  readonly mechanism: "ntlm";
  /** True inside SPNEGO, whose list of mechanisms is protected with the first signature of each side. RFC 4178 5 */
  readonly isSpnego: boolean;
  readonly user: string;
  readonly domain: string;
  /** Negotiate flags of the last message: those agreed on. */
  readonly flags: number;
  /** 8 octets; null if the challenge was not seen. */
  readonly serverChallenge: Uint8Array | null;
  readonly lmResponse: Uint8Array;
  readonly ntResponse: Uint8Array;
  /** Random session key, sealed with the session base key; empty if the sides agreed on none. */
  readonly encryptedSessionKey: Uint8Array;
}

/**
 * The ticket presented and what came with it. With a key of the service: the ticket's session key, the client's subkey in
 * the authenticator, the server's in the reply. RFC 4120 5.3, 5.5; RFC 4121 2
 */
export interface KerberosContext {
  readonly mechanism: "kerberos";
  readonly realm: string;
  /** Service that the ticket is for, components with "/" between them. */
  readonly service: string;
  readonly ticket: EncryptedPart;
  readonly authenticator: EncryptedPart;
  /** Encrypted part of the AP-REP; null until it is seen, or if the client wants none. */
  readonly reply: EncryptedPart | null;
}

/** EncryptedData. RFC 4120 5.2.9 */
export interface EncryptedPart {
  readonly encryptionType: number;
  /** Version of the key, null if it is not said. */
  readonly kvno: number | null;
  readonly cipher: Uint8Array;
}
