import { createHash } from "node:crypto";
import { GatheredOctets } from "../../../bytes/gathered-octets.ts";
import { Charge } from "../../../bytes/held-budget.ts";
import type { Connection, RecordSink } from "../../protocol.ts";
import type { SecurityContext } from "../../security-context.ts";
import { DecryptionTally, misfit, ticketClient } from "../../unsealing/decryption-tally.ts";
import type { SecretUsed } from "../../unsealing/session-keys.ts";
import { contextKey, sessionKeys } from "../../unsealing/session-keys.ts";
import type { Smb3Keys } from "../../unsealing/smb3.ts";
import { openTransform, smb3Keys } from "../../unsealing/smb3.ts";
import type { PayloadTaker } from "../framing.ts";
import type { Session } from "../state.ts";
import { CIPHERS } from "./negotiate.ts";

/** Largest message that is held to be opened: servers offer reads and writes of at most 8 MiB. */
const MAX_SEALED_OCTETS = 8 * 1024 * 1024 + 64 * 1024;
/** Most sessions of one connection that a record tells of. */
const MAX_TALLIES = 64;
const DIALECT_300 = 0x0300;

/** What opens the encrypted messages of a session, on all its connections. */
export interface SessionSeal {
  readonly keys: Smb3Keys;
  readonly cipher: number;
  readonly used: SecretUsed;
  readonly client: string | null;
}

/** What came of opening one message. */
export interface Opened {
  /** The messages inside; borrowed. `sealed` octets are no longer sealed. */
  (clear: Uint8Array, sealed: number): void;
}

/** Opens encrypted messages of one connection with what the investigator gave. [MS-SMB2] 3.1.4.3, 3.2.5.1.1 */
export class Smb2Unsealing {
  readonly #conn: Connection;
  readonly #gatherers: readonly [Gatherer, Gatherer];
  readonly #tallies = new Map<Session, DecryptionTally>();
  readonly #misfits = new Map<string, DecryptionTally>();
  #dialect = 0;
  #cipher = 0;
  /** PreauthIntegrityHashValue of the connection. [MS-SMB2] 3.2.5.2 */
  #hash: Uint8Array = EMPTY_HASH;

  constructor(conn: Connection) {
    this.#conn = conn;
    this.#gatherers = [new Gatherer(), new Gatherer()];
  }

  /** A NEGOTIATE request or response, the whole message. */
  negotiation(message: Uint8Array, isRequest: boolean): void {
    this.#hash = chained(isRequest ? EMPTY_HASH : this.#hash, message);
  }

  /** What the server chose. @param cipher Its name; null without encryption. */
  agreed(dialect: number, cipher: string | null): void {
    this.#dialect = dialect;
    const number = Object.keys(CIPHERS).find((id) => CIPHERS[Number(id)] === cipher);
    this.#cipher = number === undefined ? 0 : Number(number);
  }

  /**
   * A SESSION_SETUP request, or a response that asks for more, the whole message.
   * @param hash The authentication's so far; null in its first round.
   * @returns its hash with this message.
   */
  setup(hash: Uint8Array | null, message: Uint8Array): Uint8Array {
    return chained(hash ?? this.#hash, message);
  }

  /**
   * An authentication succeeded: a new session gets its keys. [MS-SMB2] 3.3.5.5.3
   * @param hash The authentication's hash; null if it is not the session's first: another one, or another channel, changes no
   * encryption key. [MS-SMB2] 3.3.5.5.2
   */
  authenticated(session: Session, context: SecurityContext | null, hash: Uint8Array | null): void {
    if (context === null) return;
    const keys = sessionKeys(context, this.#conn.secrets);
    if (keys === null) {
      this.#didNotFit(context);
      return;
    }
    if (hash === null || this.#dialect < DIALECT_300 || this.#cipher === 0) return;
    session.seal = {
      keys: smb3Keys(this.#dialect, this.#cipher, contextKey(keys), hash),
      cipher: this.#cipher,
      used: keys.used,
      client: ticketClient(keys),
    };
  }

  /**
   * An encrypted message begins.
   * @param header Its transform header, borrowed. @param octets Octets behind it.
   * @returns who takes what follows; null if it cannot be opened.
   */
  message(
    session: Session,
    header: Uint8Array,
    octets: number,
    fromOriginator: boolean,
    opened: Opened,
  ): PayloadTaker | null {
    const { seal } = session;
    const tally = seal === null ? null : this.#tally(session, seal);
    if (seal === null || tally === null) return null;
    if (octets > MAX_SEALED_OCTETS) {
      tally.failed("a message is larger than what is held", fromOriginator, this.#conn.now);
      return null;
    }
    const key = fromOriginator ? seal.keys.fromClient : seal.keys.fromServer;
    return this.#gatherers[fromOriginator ? 0 : 1].aim(header, octets, (message) => {
      const { now } = this.#conn;
      const clear = message === null ? null : openTransform(seal.cipher, key, message);
      if (clear === null) {
        const why = message === null ? "octets of a message were lost" : "the message does not fit the key";
        tally.failed(why, fromOriginator, now);
        return;
      }
      tally.opened(clear.length, fromOriginator, now);
      opened(clear, octets);
    });
  }

  close(out: RecordSink): void {
    for (const tally of this.#misfits.values()) tally.emit(out);
    for (const tally of this.#tallies.values()) tally.emit(out);
  }

  #tally(session: Session, seal: SessionSeal): DecryptionTally | null {
    let tally = this.#tallies.get(session);
    if (tally === undefined) {
      if (this.#tallies.size >= MAX_TALLIES) return null;
      const name = CIPHERS[seal.cipher] ?? String(seal.cipher);
      tally = new DecryptionTally("smb", name, seal.used, seal.client, this.#conn.now);
      this.#tallies.set(session, tally);
    }
    return tally;
  }

  #didNotFit(context: SecurityContext): void {
    const given = misfit(context, this.#conn.secrets);
    if (given === null || this.#misfits.has(given.used.of) || this.#misfits.size >= MAX_TALLIES) return;
    const cipher = CIPHERS[this.#cipher] ?? null;
    const tally = new DecryptionTally("smb", cipher, given.used, null, this.#conn.now);
    tally.didNotFit(given.reason);
    this.#misfits.set(given.used.of, tally);
  }
}

const EMPTY_HASH = new Uint8Array(64);

function chained(hash: Uint8Array, message: Uint8Array): Uint8Array {
  return createHash("sha512").update(hash).update(message).digest();
}

/** Gathers one encrypted message, header included. One object a direction, aimed at each message in turn. */
class Gatherer implements PayloadTaker {
  /** A length that a header only announces costs nothing. */
  readonly #held = new GatheredOctets(new Charge());
  #octets = 0;
  #done: ((message: Uint8Array | null) => void) | null = null;

  aim(header: Uint8Array, octets: number, done: (message: Uint8Array | null) => void): this {
    this.#held.clear();
    this.#held.add(header, 0, header.length);
    this.#octets = header.length + octets;
    this.#done = done;
    return this;
  }

  take(bytes: Uint8Array, start: number, end: number): boolean {
    const done = this.#done;
    if (done === null) return false;
    this.#held.add(bytes, start, Math.min(end, start + this.#octets - this.#held.length));
    if (this.#held.length < this.#octets) return true;
    const message = this.#held.octets();
    this.#held.clear();
    this.#done = null;
    done(message);
    return false;
  }

  gap(): void {
    const done = this.#done;
    this.#held.clear();
    this.#done = null;
    done?.(null);
  }
}
