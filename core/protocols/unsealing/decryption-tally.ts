import { accountText } from "../account.ts";
import { decryptionRecord } from "../decryption-record.ts";
import type { Moment, RecordSink } from "../protocol.ts";
import type { Secrets } from "../secrets.ts";
import type { SecurityContext } from "../security-context.ts";
import type { SecretUsed, SessionKeys } from "./session-keys.ts";

/** What came of a secret in one session; becomes one `decryption` record. */
export class DecryptionTally {
  readonly #protocol: string;
  readonly #cipher: string | null;
  readonly #used: SecretUsed;
  readonly #client: string | null;
  readonly #from: Moment;
  #to: Moment;
  #orig = 0;
  #resp = 0;
  #origFailed = 0;
  #respFailed = 0;
  #failure: string | null = null;

  /** @param client Who presented the ticket, as the ticket says; null where no ticket was opened. */
  constructor(protocol: string, cipher: string | null, used: SecretUsed, client: string | null, now: Moment) {
    this.#protocol = protocol;
    this.#cipher = cipher;
    this.#used = used;
    this.#client = client;
    this.#from = now;
    this.#to = now;
  }

  /** A message of `octets` octets was opened. */
  opened(octets: number, fromOriginator: boolean, now: Moment): void {
    this.#to = now;
    if (fromOriginator) this.#orig += octets;
    else this.#resp += octets;
  }

  /** A message could not be opened. */
  failed(reason: string, fromOriginator: boolean, now: Moment): void {
    this.#to = now;
    this.#failure ??= reason;
    if (fromOriginator) this.#origFailed++;
    else this.#respFailed++;
  }

  /** The secret does not fit: nothing can be opened with it. */
  didNotFit(reason: string): void {
    this.#failure ??= reason;
  }

  /** Writes the record, unless there was nothing to open and nothing to say. */
  emit(out: RecordSink): void {
    const isIdle = this.#orig + this.#resp + this.#origFailed + this.#respFailed === 0;
    if (isIdle && this.#failure === null) return;
    out.emit(
      decryptionRecord,
      {
        protocol: this.#protocol,
        cipher: this.#cipher,
        secret_kind: this.#used.kind,
        secret_of: this.#used.of,
        origin: this.#used.origin,
        client: this.#client,
        orig_octets: this.#orig,
        resp_octets: this.#resp,
        orig_failed: this.#origFailed,
        resp_failed: this.#respFailed,
        failure: this.#failure,
      },
      this.#from,
      this.#to,
    );
  }
}

/** "name@REALM" of the client that an opened ticket names; null for NTLM. */
export function ticketClient(keys: SessionKeys): string | null {
  if (keys.mechanism !== "kerberos" || keys.client === null) return null;
  return `${keys.client.name}@${keys.client.realm}`;
}

/**
 * The secret that was given for the account (or service) of an authentication which none of the secrets opens; null if none was given
 * for it, so that there is nothing to say.
 */
export function misfit(context: SecurityContext, secrets: Secrets): { used: SecretUsed; reason: string } | null {
  if (context.mechanism === "ntlm") {
    const given = secrets.ntHashes.find(({ user }) => user.toLowerCase() === context.user.toLowerCase());
    if (given === undefined) return null;
    const of = accountText(given.domain, given.user);
    const reason =
      context.serverChallenge === null
        ? "the server's challenge was not seen"
        : "the hash is not the one that was used";
    return { used: { kind: "nt-hash", of, origin: given.origin }, reason };
  }
  const wanted = context.service.toLowerCase();
  const given = secrets.kerberosKeys.find(({ principal }) => principal.toLowerCase() === wanted);
  if (given === undefined) return null;
  const { encryptionType, kvno } = context.ticket;
  const version = kvno === null ? "" : ` of version ${kvno}`;
  return {
    used: { kind: "kerberos-key", of: `${given.principal}@${given.realm}`, origin: given.origin },
    reason: `no key opens the ticket, which is sealed with type ${encryptionType}${version}`,
  };
}

/** True if a secret was given that may open NTLM or Kerberos. */
export function hasSessionSecrets({ ntHashes, kerberosKeys }: Secrets): boolean {
  return ntHashes.length > 0 || kerberosKeys.length > 0;
}
