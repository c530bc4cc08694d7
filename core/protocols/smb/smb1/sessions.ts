import { ENTRY, textWeight } from "../../../bytes/held-budget.ts";
import { HeldMap } from "../../../bytes/held-map.ts";
import type { ByteReader } from "../../../bytes/reader.ts";
import type { Connection, InnerStream, Moment, RecordSink } from "../../protocol.ts";
import { isNtError, ntStatusName, STATUS_MORE_PROCESSING_REQUIRED } from "../nt-status.ts";
import { outcomeOf } from "../operation-log.ts";
import { smbSessions } from "../records.ts";
import type { OpenFile, Tree } from "../state.ts";
import { Session } from "../state.ts";
import type { Block } from "./block.ts";
import type { Smb1Header } from "./header.ts";
import type { SessionSetupRequest, SessionSetupResponse } from "./session-setup.ts";
import { parseSessionSetupRequest, parseSessionSetupResponse } from "./session-setup.ts";

const MAX_SESSIONS = 256;
const MAX_TREES = 1024;
const MAX_FILES = 8192;
/** Octets of memory of a handle without its name, about. */
const HANDLE = 768;
/** Handles are the connection's here. */
const NOTHING_OPEN = (): void => undefined;

/** An authentication in progress. */
export interface SessionSetup {
  readonly from: Moment;
  readonly request: SessionSetupRequest | null;
  readonly gss: InnerStream | null;
}

/** Sessions, shares and handles of one SMB1 connection; all three kinds of id belong to the connection. */
export class Smb1Sessions {
  readonly #conn: Connection;
  readonly #out: RecordSink;
  readonly #dropped: (file: OpenFile) => void;
  readonly #sessions = new HeldMap<number, Session>();
  readonly #trees = new HeldMap<number, Tree>(({ path }) => ENTRY + textWeight(path));
  readonly #files: HeldMap<number, OpenFile>;
  /** Authentications between their rounds, by UID. */
  readonly #setups = new HeldMap<number, SessionSetup>();
  readonly #waiting = new Set<SessionSetup>();
  dialect: string | null = null;
  signing: string | null = null;

  /** @param dropped Takes a handle that had to make room. */
  constructor(conn: Connection, out: RecordSink, dropped: (file: OpenFile) => void) {
    this.#conn = conn;
    this.#out = out;
    this.#dropped = dropped;
    this.#files = new HeldMap(
      ({ name }) => HANDLE + textWeight(name),
      (file) => {
        this.#out.forgot("SMB handle");
        dropped(file);
      },
    );
  }

  /** The connection's. */
  get uid(): string {
    return this.#conn.uid;
  }

  session(uid: number): Session {
    let session = this.#sessions.get(uid);
    if (session === undefined) {
      session = new Session(uidText(uid), NOTHING_OPEN);
      session.dialect = this.dialect;
      this.#room(this.#sessions, MAX_SESSIONS, "session");
      this.#sessions.set(uid, session);
    }
    return session;
  }

  tree(tid: number): Tree {
    let tree = this.#trees.get(tid);
    if (tree === undefined) {
      tree = { id: tid, path: null, shareType: null, isEncrypted: false, connectedOn: "" };
      this.addTree(tree);
    }
    return tree;
  }

  addTree(tree: Tree): void {
    this.#room(this.#trees, MAX_TREES, "share");
    this.#trees.set(tree.id, tree);
  }

  removeTree(tree: Tree): void {
    this.#trees.delete(tree.id);
  }

  file(fid: number): OpenFile | undefined {
    return this.#files.get(fid);
  }

  addFile(fid: number, file: OpenFile): void {
    file.handle = fidKey(fid);
    const dropped = this.#room(this.#files, MAX_FILES, "handle");
    if (dropped !== null) this.#dropped(dropped);
    this.#files.set(fid, file);
  }

  /** Forgets a handle if it still is this file's. */
  removeFile(file: OpenFile): void {
    const fid = file.handle.charCodeAt(0) + file.handle.charCodeAt(1) * 256;
    if (this.#files.get(fid) === file) this.#files.delete(fid);
  }

  files(): Iterable<OpenFile> {
    return this.#files.values();
  }

  setupRequest(header: Smb1Header, r: ByteReader, block: Block, at: number, now: Moment): SessionSetup {
    const request = parseSessionSetupRequest(r, block, at, header.isUnicode);
    let setup = this.#setups.get(header.uid);
    this.#setups.delete(header.uid);
    if (setup === undefined) {
      this.#conn.identity = null;
      const hasToken = request !== null && request.hasExtendedSecurity;
      setup = { from: now, request, gss: hasToken ? this.#conn.inner("gss", "smb") : null };
      this.#waiting.add(setup);
    }
    if (request !== null && request.tokenEnd > request.tokenStart) {
      setup.gss?.data(r.source, request.tokenStart, request.tokenEnd, true);
    }
    return setup;
  }

  setupResponse(header: Smb1Header, r: ByteReader, block: Block, at: number, setup: SessionSetup, now: Moment): void {
    const { status, uid } = header;
    const response = parseSessionSetupResponse(r, block, at, header.isUnicode);
    if (response !== null && response.tokenEnd > response.tokenStart) {
      setup.gss?.data(r.source, response.tokenStart, response.tokenEnd, false);
    }
    if (status === STATUS_MORE_PROCESSING_REQUIRED) {
      const dropped = this.#room(this.#setups, MAX_SESSIONS, "authentication");
      if (dropped !== null) this.#waiting.delete(dropped);
      this.#setups.set(uid, setup);
      return;
    }
    const success = !isNtError(status);
    setup.gss?.tell({ kind: "auth-result", success });
    const session = new Session(uidText(uid), NOTHING_OPEN);
    session.dialect = this.dialect;
    session.identity = identityOf(setup);
    if (success) {
      this.#room(this.#sessions, MAX_SESSIONS, "session");
      this.#sessions.set(uid, session);
      this.#conn.identity = session.identity;
    }
    this.#row(session, setup, response, header, now);
    this.#waiting.delete(setup);
    setup.gss?.close();
  }

  logoff(uid: number): void {
    this.#sessions.delete(uid);
  }

  /** The connection is over. */
  close(): void {
    for (const setup of this.#waiting) {
      const session = new Session("", NOTHING_OPEN);
      session.identity = identityOf(setup);
      this.#row(session, setup, null, null, setup.from);
      setup.gss?.close();
    }
    this.#waiting.clear();
  }

  #room<V>(map: Map<number, V>, most: number, what: string): V | null {
    if (map.size < most) return null;
    for (const [oldest, value] of map) {
      map.delete(oldest);
      this.#out.weird("smb_state_limit", `${what}s`);
      this.#out.forgot(`SMB ${what}`);
      return value;
    }
    return null;
  }

  #row(
    session: Session,
    setup: SessionSetup,
    response: SessionSetupResponse | null,
    header: Smb1Header | null,
    to: Moment,
  ): void {
    const { identity } = session;
    const status = header?.status ?? null;
    this.#out.emit(
      smbSessions,
      {
        user: session.user,
        status: status === null ? null : ntStatusName(status),
        outcome: outcomeOf(status),
        dialect: this.dialect,
        session_id: session.id === "" ? null : session.id,
        tree_id: null,
        encrypted: false,
        username: identity?.user ?? null,
        domain: identity?.domain ?? null,
        workstation: identity?.workstation ?? null,
        mechanism: identity?.mechanism ?? null,
        user_from_ticket: null,
        is_guest: response?.isGuest ?? null,
        is_anonymous: identity === null ? null : identity.user === null && identity.mechanism === "ntlm",
        is_binding: false,
        signing: this.signing,
        signed: header?.isSigned ?? null,
        signing_algorithm: null,
        cipher: null,
        compression: null,
        native_os: textOrNull(setup.request?.nativeOs),
        native_lan_manager: textOrNull(setup.request?.nativeLanManager),
        server_os: textOrNull(response?.nativeOs),
        client_guid: null,
        server_guid: null,
      },
      setup.from,
      to,
    );
  }
}

function identityOf(setup: SessionSetup): Session["identity"] {
  if (setup.gss !== null) return setup.gss.identity;
  const { request } = setup;
  if (request === null || request.account === null) return null;
  return {
    user: textOrNull(request.account),
    domain: textOrNull(request.domain),
    workstation: null,
    mechanism: "ntlm",
  };
}

function textOrNull(text: string | null | undefined): string | null {
  return text === undefined || text === "" ? null : text;
}

function uidText(uid: number): string {
  return `0x${uid.toString(16).padStart(4, "0")}`;
}

function fidKey(fid: number): string {
  return String.fromCharCode(fid & 0xff, fid >> 8);
}
