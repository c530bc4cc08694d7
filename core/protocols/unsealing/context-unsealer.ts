import type { Connection, RecordSink } from "../protocol.ts";
import type { SecurityContext } from "../security-context.ts";
import { DecryptionTally, misfit, ticketClient } from "./decryption-tally.ts";
import type { WrapStyle } from "./gss-wrap.ts";
import { openWrapToken } from "./gss-wrap.ts";
import { NtlmUnsealer } from "./ntlm-session.ts";
import type { SessionKeys } from "./session-keys.ts";
import { sessionKeys } from "./session-keys.ts";

const NO_FIT = "the message does not fit the key";

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
  isAroundSigned: boolean;
  /** Why nothing more can be opened: the cipher stream goes on from message to message. */
  ended: string | null;
}

/** A message under a security context, cut into its parts; all borrowed. */
export interface SealedMessage {
  /** Signed in front of what is sealed, and in clear: a PDU's header; empty for most. */
  readonly before: Uint8Array;
  readonly sealed: Uint8Array;
  /** As `before`, behind it. */
  readonly after: Uint8Array;
  /** Signature (NTLM) or wrap token (Kerberos, which in style "plain" has the text inside it). */
  readonly token: Uint8Array;
}

/** Opens the sealed messages of one security context, as far as a secret was given. [MS-NLMP] 3.4.3, RFC 4121 4.2.4 */
export class ContextUnsealer {
  readonly #conn: Connection;
  readonly #style: WrapStyle;
  readonly #keys: SessionKeys | null;
  readonly #tally: DecryptionTally | null = null;
  readonly #ntlm: readonly [NtlmDirection, NtlmDirection] = [ntlmDirection(), ntlmDirection()];
  /** Whether what is around the sealed octets is signed under Kerberos; null until a message showed it. */
  #isAroundSigned: boolean | null = null;

  /**
   * @param protocol As the `decryption` record names it.
   * @param context What the authentication left; null if that was not seen.
   */
  constructor(protocol: string, style: WrapStyle, conn: Connection, context: SecurityContext | null) {
    this.#conn = conn;
    this.#style = style;
    this.#keys = context === null ? null : sessionKeys(context, conn.secrets);
    if (this.#keys !== null) {
      const cipher = this.#keys.mechanism === "ntlm" ? "RC4" : kerberosCipherName(this.#keys.key.etype);
      this.#tally = new DecryptionTally(protocol, cipher, this.#keys.used, ticketClient(this.#keys), conn.now);
    } else if (context !== null) {
      const given = misfit(context, conn.secrets);
      if (given === null) return;
      this.#tally = new DecryptionTally(protocol, null, given.used, null, conn.now);
      this.#tally.didNotFit(given.reason);
    }
  }

  /** False if nothing can be opened. */
  get hasKeys(): boolean {
    return this.#keys !== null;
  }

  /** True for NTLM: a signature of 16 octets stands beside what is sealed. */
  get isNtlm(): boolean {
    return this.#keys?.mechanism === "ntlm";
  }

  /** @returns the clear octets; null if the message stays sealed. */
  open(message: SealedMessage, fromOriginator: boolean): Uint8Array | null {
    const keys = this.#keys;
    const { now } = this.#conn;
    if (keys === null) {
      this.#tally?.failed(NO_FIT, fromOriginator, now);
      return null;
    }
    const clear =
      keys.mechanism === "ntlm" ? this.#openNtlm(keys, message, fromOriginator) : this.#openKerberos(keys, message);
    if (clear === null) {
      this.#tally?.failed(this.#ntlm[fromOriginator ? 0 : 1].ended ?? NO_FIT, fromOriginator, now);
      return null;
    }
    this.#tally?.opened(clear.length, fromOriginator, now);
    return clear;
  }

  /** Messages of one direction were lost. */
  lost(fromOriginator: boolean): void {
    this.#ntlm[fromOriginator ? 0 : 1].ended ??=
      "messages before it were lost, and with them the place in the cipher stream";
  }

  close(out: RecordSink): void {
    this.#tally?.emit(out);
  }

  #openNtlm(
    { session }: SessionKeys & { mechanism: "ntlm" },
    { before, sealed, after, token }: SealedMessage,
    fromClient: boolean,
  ): Uint8Array | null {
    const direction = this.#ntlm[fromClient ? 0 : 1];
    if (direction.ended !== null) return null;
    const { unsealer } = direction;
    if (unsealer !== null) {
      const { isAroundSigned } = direction;
      const clear = unsealer.unseal(sealed, token, (text) => (isAroundSigned ? [before, text, after] : [text]));
      if (clear === null) direction.ended = NO_FIT;
      return clear;
    }
    for (const begin of NTLM_STARTS) {
      for (const isAroundSigned of [true, false]) {
        const tried = new NtlmUnsealer(session, fromClient, begin);
        const clear = tried.unseal(sealed, token, (text) => (isAroundSigned ? [before, text, after] : [text]));
        if (clear === null) continue;
        direction.unsealer = tried;
        direction.isAroundSigned = isAroundSigned;
        return clear;
      }
    }
    direction.ended = NO_FIT;
    return null;
  }

  #openKerberos(
    { key }: SessionKeys & { mechanism: "kerberos" },
    { before, sealed, after, token }: SealedMessage,
  ): Uint8Array | null {
    for (const isSigned of this.#isAroundSigned === null ? [true, false] : [this.#isAroundSigned]) {
      const clear = openWrapToken(key, token, sealed, this.#style, isSigned ? { before, after } : null);
      if (clear === null) continue;
      this.#isAroundSigned = isSigned;
      return clear;
    }
    return null;
  }
}

function ntlmDirection(): NtlmDirection {
  return { unsealer: null, isAroundSigned: false, ended: null };
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
