import { HeldMap } from "../../../bytes/held-map.ts";
import type { ByteReader } from "../../../bytes/reader.ts";
import type { Connection, InnerStream, Moment, RecordSink } from "../../protocol.ts";
import { hasSessionSecrets } from "../../unsealing/decryption-tally.ts";
import type { UnitPlan } from "../framing.ts";
import { ntStatusName, STATUS_MORE_PROCESSING_REQUIRED, STATUS_SUCCESS } from "../nt-status.ts";
import type { OperationLog } from "../operation-log.ts";
import { outcomeOf } from "../operation-log.ts";
import { smbSessions } from "../records.ts";
import type { OpenFile, SharedSessions } from "../state.ts";
import { Session, SESSION, sharedSessions } from "../state.ts";
import type { Smb2Header } from "./header.ts";
import { sessionIdText } from "./header.ts";
import { dialectName, DIALECT_WILDCARD, parseNegotiateRequest, parseNegotiateResponse } from "./negotiate.ts";
import type { SessionSetupResponse } from "./session-setup.ts";
import { parseSessionSetupRequest, parseSessionSetupResponse } from "./session-setup.ts";
import { Smb2Unsealing } from "./unsealing.ts";

/** Octets of a transform header. [MS-SMB2] 2.2.41 */
const TRANSFORM_HEADER_LENGTH = 52;
const SIGNING_REQUIRED = 2;
const SIGNING_ENABLED = 1;
/** Most authentications in progress on one connection. */
const MAX_SETUPS = 64;

/** An authentication in progress: one or more rounds of SESSION_SETUP. */
export interface SessionSetup {
  readonly from: Moment;
  /** Session that the requests name; a nameless one in the first round of a new session. */
  readonly session: Session;
  readonly isNew: boolean;
  readonly isBinding: boolean;
  readonly gss: InnerStream;
  isOver: boolean;
  /** Hash of its messages so far, from which SMB 3.1.1 derives keys; null without secrets. */
  preauthHash: Uint8Array | null;
}

/** Takes the messages inside an encrypted one; borrowed. */
export type OpenedMessages = (clear: Uint8Array, fromOriginator: boolean) => void;

/** Encrypted messages of one session on one connection. */
interface Sealed {
  readonly session: Session;
  readonly from: Moment;
  to: Moment;
  fromClient: number;
  fromServer: number;
}

/** Negotiation, authentication and sessions of one SMB2 connection. */
export class Smb2Sessions {
  readonly #conn: Connection;
  readonly #out: RecordSink;
  readonly #log: OperationLog;
  readonly #shared: SharedSessions;
  /** Null if no secret was given. */
  readonly #unsealing: Smb2Unsealing | null;
  readonly #opened: OpenedMessages;
  readonly #setups = new HeldMap<string, SessionSetup>();
  /** Sessions that count this connection among theirs. */
  readonly #used = new HeldMap<Session, Session>(() => SESSION);
  readonly #sealed = new HeldMap<Session, Sealed>();
  readonly #lastSealed: [Sealed | null, Sealed | null] = [null, null];
  #dialect: string | null = null;
  #cipher: string | null = null;
  #signingAlgorithm: string | null = null;
  #compression: readonly string[] = [];
  #securityMode = 0;
  #clientGuid: string | null = null;
  #serverGuid: string | null = null;
  /** The session looked up last. */
  #last: Session | null = null;
  #lastLow = 0;
  #lastHigh = 0;

  constructor(conn: Connection, out: RecordSink, log: OperationLog, opened: OpenedMessages) {
    this.#conn = conn;
    this.#out = out;
    this.#log = log;
    this.#opened = opened;
    this.#unsealing = hasSessionSecrets(conn.secrets) ? new Smb2Unsealing(conn) : null;
    this.#shared = sharedSessions(conn);
  }

  /** `r` is behind the header, which is at `at`. */
  negotiateRequest(r: ByteReader, at: number): void {
    this.#unsealing?.negotiation(r.source.subarray(at, r.end), true);
    const request = parseNegotiateRequest(r);
    if (request === null) return;
    this.#clientGuid = request.clientGuid;
    this.#securityMode |= request.securityMode;
  }

  negotiateResponse(r: ByteReader, at: number): void {
    this.#unsealing?.negotiation(r.source.subarray(at, r.end), false);
    const response = parseNegotiateResponse(r, at);
    if (response === null) return;
    if (response.offersGss) this.#conn.confirm("gssapi");
    this.#serverGuid = response.serverGuid;
    this.#securityMode |= response.securityMode;
    if (response.dialect === DIALECT_WILDCARD) return;
    this.#unsealing?.agreed(response.dialect, response.cipher);
    this.#dialect = dialectName(response.dialect);
    this.#cipher = response.cipher;
    this.#signingAlgorithm = response.signingAlgorithm;
    this.#compression = response.compression;
  }

  /** The session with this id; one without a user if its setup was not seen. */
  find(low: number, high: number): Session {
    if (this.#last !== null && this.#lastLow === low && this.#lastHigh === high) return this.#last;
    const id = sessionIdText(low, high);
    let session = this.#shared.get(id);
    if (session === undefined) {
      session = this.#newSession(id);
      session.dialect = this.#dialect;
      this.#share(session);
    }
    this.use(session);
    this.#last = session;
    this.#lastLow = low;
    this.#lastHigh = high;
    return session;
  }

  setupRequest(header: Smb2Header, r: ByteReader, at: number, now: Moment): SessionSetup {
    const request = parseSessionSetupRequest(r, at);
    const id = sessionIdText(header.sessionLow, header.sessionHigh);
    const isNew = header.sessionLow === 0 && header.sessionHigh === 0;
    let setup = isNew ? undefined : this.#setups.get(id);
    if (setup === undefined) {
      this.#conn.identity = null;
      setup = {
        from: now,
        session: isNew ? this.#newSession("") : (this.#shared.get(id) ?? this.#newSession(id)),
        isNew,
        isBinding: request?.isBinding ?? false,
        gss: this.#conn.inner("gss", "smb"),
        isOver: false,
        preauthHash: null,
      };
      this.#keep(isNew ? `${NEW_SETUP}${header.messageId}` : id, setup);
    }
    if (this.#unsealing !== null) {
      setup.preauthHash = this.#unsealing.setup(setup.preauthHash, r.source.subarray(at, r.end));
    }
    if (request !== null && request.tokenEnd > request.tokenStart) {
      setup.gss.data(r.source, request.tokenStart, request.tokenEnd, true);
    }
    return setup;
  }

  /** @param setup Its request's, null if that was not seen. */
  setupResponse(header: Smb2Header, r: ByteReader, at: number, setup: SessionSetup | null, now: Moment): void {
    const { status } = header;
    const isMore = status === STATUS_MORE_PROCESSING_REQUIRED;
    const response = status === STATUS_SUCCESS || isMore ? parseSessionSetupResponse(r, at) : null;
    if (setup !== null && response !== null && response.tokenEnd > response.tokenStart) {
      setup.gss.data(r.source, response.tokenStart, response.tokenEnd, false);
    }
    const id = sessionIdText(header.sessionLow, header.sessionHigh);
    if (isMore) {
      if (setup === null) return;
      if (this.#unsealing !== null) {
        setup.preauthHash = this.#unsealing.setup(setup.preauthHash, r.source.subarray(at, r.end));
      }
      this.#setups.delete(`${NEW_SETUP}${header.messageId}`);
      this.#keep(id, setup);
      return;
    }
    if (setup === null) {
      if (status === STATUS_SUCCESS)
        this.#row(this.find(header.sessionLow, header.sessionHigh), null, response, header, now, now);
      return;
    }
    this.#setups.delete(`${NEW_SETUP}${header.messageId}`);
    this.#setups.delete(id);
    setup.isOver = true;
    setup.gss.tell({ kind: "auth-result", success: status === STATUS_SUCCESS });
    const session = this.#authenticated(id, setup, response, status === STATUS_SUCCESS);
    this.#row(session, setup, response, header, setup.from, now);
    setup.gss.close();
  }

  /** A LOGOFF was granted: its handles are closed. [MS-SMB2] 3.3.5.6 */
  end(session: Session): void {
    for (const file of session.files.values()) this.#log.ended(file);
    session.files.clear();
    session.trees.clear();
    this.#shared.remove(session);
    if (this.#last === session) this.#last = null;
    if (this.#used.delete(session)) session.connections--;
  }

  /** A handle is known of the session, or the connection speaks of it: with the last that does, its handles end. */
  use(session: Session): void {
    if (this.#used.has(session)) return;
    this.#used.set(session, session);
    session.connections++;
  }

  /** The connection speaks of these sessions no longer. */
  leave(): void {
    for (const session of [...this.#used.keys()]) this.#leave(session);
  }

  #leave(session: Session): void {
    if (!this.#used.delete(session)) return;
    session.connections--;
    if (session.connections === 0) this.end(session);
  }

  #share(session: Session): void {
    const dropped = this.#shared.add(session);
    if (dropped === null) return;
    this.#out.forgot("SMB session");
    if (this.#last === dropped) this.#last = null;
    this.#leave(dropped);
  }

  /**
   * Counts a message that is encrypted: each passes here, and nowhere else. `r` is at its transform header (nonce, octets of the
   * message, session); see `UnitReader.unit` for the result. What is inside is a message as `Smb2Conversation.begin` and `unit` take it.
   */
  sealed(r: ByteReader, left: number, plan: UnitPlan, fromOriginator: boolean): number {
    if (r.left < TRANSFORM_HEADER_LENGTH) {
      if (r.left < left) return TRANSFORM_HEADER_LENGTH;
      this.#out.weird("smb_message_truncated");
      return 0;
    }
    const at = r.pos;
    r.skip(44); // ProtocolId .. Flags
    const session = this.find(r.u32le(), r.u32le());
    session.isEncrypted = true;
    const now = this.#conn.now;
    let sealed = this.#sealed.get(session);
    if (sealed === undefined) {
      sealed = { session, from: now, to: now, fromClient: 0, fromServer: 0 };
      this.#sealed.set(session, sealed);
    }
    sealed.to = now;
    plan.payloadAt = TRANSFORM_HEADER_LENGTH;
    plan.payloadLength = Math.max(0, left - TRANSFORM_HEADER_LENGTH);
    this.#count(sealed, plan.payloadLength, fromOriginator);
    this.#lastSealed[fromOriginator ? 0 : 1] = sealed;
    if (this.#unsealing !== null) this.#open(this.#unsealing, sealed, r, at, plan, fromOriginator);
    return 0;
  }

  #open(
    unsealing: Smb2Unsealing,
    sealed: Sealed,
    r: ByteReader,
    at: number,
    plan: UnitPlan,
    fromOriginator: boolean,
  ): void {
    const header = r.source.subarray(at, at + TRANSFORM_HEADER_LENGTH);
    plan.taker = unsealing.message(sealed.session, header, plan.payloadLength, fromOriginator, (clear, octets) => {
      this.#count(sealed, -octets, fromOriginator);
      this.#opened(clear, fromOriginator);
    });
  }

  /** The connection broke off before the last `octets` octets of the last encrypted message of this direction. */
  sealedBrokeOff(octets: number, fromOriginator: boolean): void {
    const sealed = this.#lastSealed[fromOriginator ? 0 : 1];
    if (sealed !== null) this.#count(sealed, -octets, fromOriginator);
  }

  #count(sealed: Sealed, octets: number, fromOriginator: boolean): void {
    this.#conn.seal(octets);
    if (fromOriginator) sealed.fromClient += octets;
    else sealed.fromServer += octets;
  }

  /** The connection is over. */
  close(): void {
    for (const setup of this.#setups.values()) {
      if (setup.isOver) continue;
      setup.isOver = true;
      setup.session.identity ??= setup.gss.identity;
      this.#row(setup.session, setup, null, null, setup.from, setup.from);
      setup.gss.close();
    }
    this.#unsealing?.close(this.#out);
    for (const sealed of this.#sealed.values()) {
      // What was opened speaks for itself.
      if (sealed.session.seal !== null && sealed.fromClient + sealed.fromServer === 0) continue;
      this.#log.sealed(sealed.session, sealed.fromClient, sealed.fromServer, sealed.from, sealed.to);
    }
    this.leave();
  }

  /** What the end of an authentication means for the session. */
  #authenticated(id: string, setup: SessionSetup, response: SessionSetupResponse | null, isSuccess: boolean): Session {
    const { identity } = setup.gss;
    if (!isSuccess) {
      const refused = this.#newSession(setup.isNew ? id : setup.session.id);
      refused.identity = identity;
      refused.dialect = this.#dialect;
      return refused;
    }
    let session = setup.isNew ? undefined : this.#shared.get(id);
    if (session === undefined) {
      session = this.#newSession(id);
      this.#share(session);
    }
    if (identity !== null || setup.isNew) session.identity = identity;
    session.dialect = this.#dialect ?? session.dialect;
    this.#unsealing?.authenticated(session, setup.gss.securityContext, setup.isNew ? setup.preauthHash : null);
    if (response?.mustEncrypt === true) session.isEncrypted = true;
    this.#last = null;
    this.use(session);
    this.#conn.identity = session.identity;
    return session;
  }

  #row(
    session: Session,
    setup: SessionSetup | null,
    response: SessionSetupResponse | null,
    answer: Smb2Header | null,
    from: Moment,
    to: Moment,
  ): void {
    const { identity } = session;
    const status = answer?.status ?? null;
    this.#out.emit(
      smbSessions,
      {
        user: session.user,
        status: status === null ? null : ntStatusName(status),
        outcome: outcomeOf(status),
        dialect: session.dialect ?? this.#dialect,
        session_id: session.id === "" ? null : session.id,
        tree_id: null,
        encrypted: session.isEncrypted,
        username: identity?.user ?? null,
        domain: identity?.domain ?? null,
        workstation: identity?.workstation ?? null,
        mechanism: identity?.mechanism ?? null,
        user_from_ticket: identity?.isFromTicket ?? null,
        is_guest: response?.isGuest ?? null,
        is_anonymous: response?.isNull ?? null,
        is_binding: setup?.isBinding ?? null,
        signing: signingName(this.#securityMode, this.#serverGuid !== null),
        signed: answer?.isSigned ?? null,
        signing_algorithm: this.#signingAlgorithm,
        cipher: this.#cipher,
        compression: this.#compression.length === 0 ? null : this.#compression,
        native_os: null,
        native_lan_manager: null,
        server_os: null,
        client_guid: this.#clientGuid,
        server_guid: this.#serverGuid,
      },
      from,
      to,
    );
  }

  #keep(key: string, setup: SessionSetup): void {
    if (this.#setups.size >= MAX_SETUPS) {
      for (const oldest of this.#setups.keys()) {
        this.#setups.delete(oldest);
        break;
      }
      this.#out.weird("smb_state_limit", "authentications");
      this.#out.forgot("SMB authentication");
    }
    this.#setups.set(key, setup);
  }

  #newSession(id: string): Session {
    const forgotten = (file: OpenFile): void => {
      this.#out.forgot("SMB handle");
      this.#log.ended(file);
    };
    return new Session(id, forgotten, this.#shared.holder);
  }
}

/** Begins the key of an authentication that has no session id yet. */
const NEW_SETUP = "new ";

function signingName(mode: number, isKnown: boolean): string | null {
  if (!isKnown) return null;
  if ((mode & SIGNING_REQUIRED) !== 0) return "required";
  return (mode & SIGNING_ENABLED) !== 0 ? "enabled" : "off";
}
