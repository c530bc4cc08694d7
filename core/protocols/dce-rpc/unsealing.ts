import type { Connection, RecordSink } from "../protocol.ts";
import { DecryptionTally, misfit, ticketClient } from "../unsealing/decryption-tally.ts";
import { openWrapToken } from "../unsealing/gss-wrap.ts";
import { NtlmUnsealer } from "../unsealing/ntlm-session.ts";
import type { SessionKeys } from "../unsealing/session-keys.ts";
import { sessionKeys } from "../unsealing/session-keys.ts";
import type { SecurityContext } from "./auth.ts";
import type { AuthVerifier } from "./pdu.ts";

/** Octets of a security trailer before its value. [MS-RPCE] 2.2.2.11 */
const TRAILER_OCTETS = 8;

/**
 * Where the first message's signature stands: the first of all, behind SPNEGO's protection of its list of mechanisms, which
 * counts as one and after which implementations begin the cipher stream anew or do not. [MS-SPNG] 3.3.5.1
 */
const NTLM_STARTS = [
  { sequence: 0, streamOctets: 0 },
  { sequence: 1, streamOctets: 0 },
  { sequence: 1, streamOctets: 8 },
] as const;

/** One direction of a context under NTLM. */
interface NtlmDirection {
  /** Null until the first message showed how it begins. */
  unsealer: NtlmUnsealer | null;
  isHeaderSigned: boolean;
  /** Why nothing more can be opened: the cipher stream goes on from message to message. */
  ended: string | null;
}

/** Opens the sealed PDUs of one security context, as far as a secret was given. [MS-RPCE] 3.3.1.5.2.2 */
export class StubUnsealer {
  readonly #conn: Connection;
  readonly #keys: SessionKeys | null;
  readonly #tally: DecryptionTally | null;
  readonly #ntlm: readonly [NtlmDirection, NtlmDirection] = [ntlmDirection(), ntlmDirection()];
  /** Whether PDU header and trailer are signed under Kerberos; null until a message showed it. */
  #isKerberosHeaderSigned: boolean | null = null;

  constructor(conn: Connection, context: SecurityContext) {
    this.#conn = conn;
    const left = context.gss?.securityContext ?? null;
    this.#keys = left === null ? null : sessionKeys(left, conn.secrets);
    this.#tally = null;
    if (this.#keys !== null) {
      const cipher = this.#keys.mechanism === "ntlm" ? "RC4" : kerberosCipherName(this.#keys.key.etype);
      this.#tally = new DecryptionTally("dce_rpc", cipher, this.#keys.used, ticketClient(this.#keys), conn.now);
    } else if (left !== null) {
      const given = misfit(left, conn.secrets);
      if (given === null) return;
      this.#tally = new DecryptionTally("dce_rpc", left.mechanism, given.used, null, conn.now);
      this.#tally.didNotFit(given.reason);
    }
  }

  /** Client that the opened ticket names, null without one. */
  get client(): { readonly name: string; readonly realm: string } | null {
    return this.#keys?.mechanism === "kerberos" ? this.#keys.client : null;
  }

  /**
   * Opens a PDU.
   * @param bytes The PDU is `bytes[start..auth.end)`, borrowed.
   * @param bodyAt Where the sealed octets begin.
   * @returns a copy of the PDU with its stub in clear; null if it stays sealed.
   */
  open(
    bytes: Uint8Array,
    start: number,
    bodyAt: number,
    auth: AuthVerifier,
    fromOriginator: boolean,
  ): Uint8Array | null {
    if (this.#keys === null) {
      if (this.#tally !== null) this.#tally.failed("", fromOriginator, this.#conn.now);
      return null;
    }
    const trailerAt = auth.start - TRAILER_OCTETS;
    if (trailerAt < bodyAt) return null;
    const parts: SealedPdu = {
      before: bytes.subarray(start, bodyAt),
      sealed: bytes.subarray(bodyAt, trailerAt),
      after: bytes.subarray(trailerAt, auth.start),
      token: bytes.subarray(auth.start, auth.end),
    };
    const keys = this.#keys;
    const clear =
      keys.mechanism === "ntlm" ? this.#openNtlm(keys, parts, fromOriginator) : this.#openKerberos(keys, parts);
    if (clear === null) {
      const why = this.#ntlm[fromOriginator ? 0 : 1].ended ?? "the message does not fit the key";
      this.#tally?.failed(why, fromOriginator, this.#conn.now);
      return null;
    }
    this.#tally?.opened(clear.length, fromOriginator, this.#conn.now);
    const pdu = bytes.slice(start, auth.end);
    pdu.set(clear, bodyAt - start);
    return pdu;
  }

  /** PDUs of one direction were lost. */
  lost(fromOriginator: boolean): void {
    this.#ntlm[fromOriginator ? 0 : 1].ended ??=
      "messages before it were lost, and with them the place in the cipher stream";
  }

  close(out: RecordSink): void {
    this.#tally?.emit(out);
  }

  #openNtlm(
    { session }: SessionKeys & { mechanism: "ntlm" },
    { before, sealed, after, token }: SealedPdu,
    fromClient: boolean,
  ): Uint8Array | null {
    const direction = this.#ntlm[fromClient ? 0 : 1];
    if (direction.ended !== null) return null;
    const { unsealer } = direction;
    if (unsealer !== null) {
      const { isHeaderSigned } = direction;
      const clear = unsealer.unseal(sealed, token, (text) => (isHeaderSigned ? [before, text, after] : [text]));
      if (clear === null) direction.ended = "the message does not fit the key";
      return clear;
    }
    for (const begin of NTLM_STARTS) {
      for (const isHeaderSigned of [true, false]) {
        const tried = new NtlmUnsealer(session, fromClient, begin);
        const clear = tried.unseal(sealed, token, (text) => (isHeaderSigned ? [before, text, after] : [text]));
        if (clear === null) continue;
        direction.unsealer = tried;
        direction.isHeaderSigned = isHeaderSigned;
        return clear;
      }
    }
    direction.ended = "the message does not fit the key";
    return null;
  }

  #openKerberos(
    { key }: SessionKeys & { mechanism: "kerberos" },
    { before, sealed, after, token }: SealedPdu,
  ): Uint8Array | null {
    for (const isSigned of this.#isKerberosHeaderSigned === null ? [true, false] : [this.#isKerberosHeaderSigned]) {
      const clear = openWrapToken(key, token, sealed, "dce", isSigned ? { before, after } : null);
      if (clear === null) continue;
      this.#isKerberosHeaderSigned = isSigned;
      return clear;
    }
    return null;
  }
}

interface SealedPdu {
  /** Header, down to the sealed octets. */
  readonly before: Uint8Array;
  /** Stub and padding. */
  readonly sealed: Uint8Array;
  /** Security trailer without its value. */
  readonly after: Uint8Array;
  readonly token: Uint8Array;
}

function ntlmDirection(): NtlmDirection {
  return { unsealer: null, isHeaderSigned: false, ended: null };
}

const KERBEROS_CIPHERS: Readonly<Record<number, string>> = {
  17: "aes128-cts-hmac-sha1-96",
  18: "aes256-cts-hmac-sha1-96",
  19: "aes128-cts-hmac-sha256-128",
  20: "aes256-cts-hmac-sha384-192",
  23: "rc4-hmac",
};

/** Name of a Kerberos encryption type. RFC 3961 8 */
function kerberosCipherName(etype: number): string {
  return KERBEROS_CIPHERS[etype] ?? `encryption type ${etype}`;
}
