import type { Moment } from "../../protocols/protocol.ts";
import type { KerberosKey, NtHash, Secrets, TlsSecret, TlsSecretLabel } from "../../protocols/secrets.ts";
import type { FoundSecrets, GivenSecrets, SecretPlace, TlsSecretEntry } from "./given-secrets.ts";
import { MAX_KEY_LOG_LINES } from "./key-log.ts";

interface Known extends TlsSecret {
  /** Null: from the beginning. */
  readonly from: SecretPlace | null;
}

/** The secrets of one shard: those given from the beginning, and those that captures bring on the way. */
export class SecretStore implements Secrets {
  readonly ntHashes: readonly NtHash[];
  readonly kerberosKeys: readonly KerberosKey[];
  readonly #tls = new Map<string, Known>();
  readonly #now: () => Moment;

  constructor(given: GivenSecrets, now: () => Moment) {
    this.ntHashes = given.ntHashes;
    this.kerberosKeys = given.kerberosKeys;
    this.#now = now;
    this.#add(given.tls, null);
  }

  get hasTls(): boolean {
    return this.#tls.size > 0;
  }

  tls(label: TlsSecretLabel, key: string): TlsSecret | null {
    const known = this.#tls.get(`${label} ${key}`);
    return known !== undefined && this.#isKnown(known.from) ? known : null;
  }

  /** Adds what a capture brought. */
  found(secrets: FoundSecrets): void {
    this.#add(secrets.tls, secrets.from);
  }

  #add(entries: readonly TlsSecretEntry[], from: SecretPlace | null): void {
    for (const { label, key, secret, origin } of entries) {
      const id = `${label} ${key}`;
      if (this.#tls.size >= MAX_KEY_LOG_LINES || this.#tls.has(id)) continue;
      this.#tls.set(id, { secret, origin, from });
    }
  }

  #isKnown(from: SecretPlace | null): boolean {
    if (from === null) return true;
    const { capture, frame, ts } = this.#now();
    return capture === from.capture ? frame > from.frame : ts > from.ts;
  }
}
