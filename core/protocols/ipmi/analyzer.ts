import { rowWeight } from "../../bytes/held-budget.ts";
import { HeldMap } from "../../bytes/held-map.ts";
import type { ByteReader } from "../../bytes/reader.ts";
import type { RowOf } from "../../records/record-type.ts";
import type { Analyzer, Connection, Moment, RecordSink } from "../protocol.ts";
import {
  authTypeName,
  authenticationName,
  cipherSuite,
  commandName,
  completionName,
  confidentialityName,
  integrityName,
  netfnName,
  privilegeName,
  statusName,
} from "./names.ts";
import type { RmcpPacket } from "./packet.ts";
import { readMessage, readRmcp } from "./packet.ts";
import { IPMI_RECORD } from "./records.ts";
import { readRequest } from "./requests.ts";
import type { Algorithms, SetupMessage } from "./session-setup.ts";
import { OPEN_REQUEST, OPEN_RESPONSE, RAKP_1, RAKP_2, RAKP_3, RAKP_4, readSetup } from "./session-setup.ts";

type Row = { -readonly [K in keyof RowOf<typeof IPMI_RECORD>]: RowOf<typeof IPMI_RECORD>[K] };
type IpmiPacket = RmcpPacket & { readonly kind: "ipmi" };

/** Requests that wait for their response; the oldest is written without one. */
const MAX_WAITING = 64;
/** Sessions known at one time; controllers have four or so. */
const MAX_SESSIONS = 64;

const ASF_PING = 0x80;
const ASF_PONG = 0x40;
const SOL = 1;
/** Activate Session and Set Session Privilege of IPMI 1.5 carry the password where the code should be. */
const STRAIGHT_PASSWORD = 4;

const STEPS: Readonly<Record<number, string>> = {
  [OPEN_REQUEST]: "Open Session",
  [RAKP_1]: "RAKP 1 and 2",
  [RAKP_3]: "RAKP 3 and 4",
};
/** Request that each response of the setting up answers. */
const ANSWERS: Readonly<Record<number, number>> = {
  [OPEN_RESPONSE]: OPEN_REQUEST,
  [RAKP_2]: RAKP_1,
  [RAKP_4]: RAKP_3,
};

interface Waiting {
  readonly row: Row;
  readonly from: Moment;
}

interface Session {
  user: string | null;
  privilege: string | null;
  algorithms: Algorithms | null;
  managedId: number | null;
  sealedMessages: number;
  sealedOctets: number;
  consoleOctets: number;
  from: Moment;
  to: Moment;
}

/** Messages between a console and a management controller. */
export class IpmiAnalyzer implements Analyzer {
  readonly #conn: Connection;
  readonly #out: RecordSink;
  readonly #waiting = new HeldMap<string, Waiting>(
    ({ row }) => rowWeight(row),
    ({ row, from }) => {
      this.#emit(row, from);
      this.#out.forgot("IPMI request");
    },
  );
  /** By the identifiers that both sides gave it. */
  readonly #sessions = new HeldMap<string, Session>(null, (session) => {
    this.#left(session);
    this.#out.forgot("IPMI session");
  });

  constructor(conn: Connection, out: RecordSink) {
    this.#conn = conn;
    this.#out = out;
  }

  data(r: ByteReader, fromOriginator: boolean): void {
    const packet = readRmcp(r);
    if (packet === null) {
      this.#out.weird("ipmi_malformed_message");
      return;
    }
    this.#conn.confirm();
    if (packet.kind === "asf") {
      this.#asf(packet.type, packet.tag);
    } else if (packet.kind === "ipmi") {
      r.seek(packet.start, packet.end);
      if (packet.payloadType >= OPEN_REQUEST && packet.payloadType <= RAKP_4) this.#setup(packet.payloadType, r);
      else if (packet.isEncrypted || packet.payloadType !== 0) this.#sealed(packet, fromOriginator);
      else this.#message(packet, r);
    }
  }

  gap(): void {}

  close(): void {
    for (const waiting of this.#waiting.values()) this.#emit(waiting.row, waiting.from);
    for (const session of new Set(this.#sessions.values())) this.#sealedRow(session);
  }

  #asf(type: number, tag: number): void {
    const key = `asf ${tag}`;
    if (type === ASF_PING) {
      this.#wait(key, { ...emptyRow(), version: "ASF", message: "Presence Ping" });
    } else if (type === ASF_PONG) {
      this.#answer(key, "completed", null);
    }
  }

  #setup(type: number, r: ByteReader): void {
    const message = readSetup(type, r);
    if (message === null) {
      this.#out.weird("ipmi_malformed_message");
      return;
    }
    const answered = ANSWERS[type];
    if (answered === undefined) this.#setupRequest(type, message);
    else this.#setupResponse(type, `setup ${answered} ${message.tag}`, message);
  }

  #setupRequest(type: number, message: SetupMessage): void {
    const row = { ...emptyRow(), version: "2.0", auth_type: "RMCP+", message: STEPS[type] ?? null };
    let session = this.#session(
      type === OPEN_REQUEST ? `console ${message.sessionId}` : `managed ${message.sessionId}`,
    );
    if (type === OPEN_REQUEST) {
      session = this.#newSession(`console ${message.sessionId}`);
      session.algorithms = message.algorithms;
    }
    if (session !== undefined && message.user !== null) session.user = message.user;
    if (session !== undefined && message.privilege !== null) session.privilege = privilegeName(message.privilege);
    row.user = message.user;
    fillSession(row, session);
    this.#wait(`setup ${type} ${message.tag}`, row);
  }

  #setupResponse(type: number, key: string, message: SetupMessage): void {
    const session = this.#session(`console ${message.sessionId}`);
    if (session !== undefined && message.managedId !== null) {
      session.managedId = message.managedId;
      session.algorithms = message.algorithms ?? session.algorithms;
      this.#keep(`managed ${message.managedId}`, session);
    }
    const isGood = message.status === 0;
    this.#answer(key, statusName(message.status ?? 0), (row) => {
      fillSession(row, session);
      if (type === RAKP_2) row.hash_disclosed = isGood && message.hashOctets > 0;
    });
    const user = session?.user ?? "";
    if (type === RAKP_4 && isGood && user !== "") {
      this.#conn.identity = { user, domain: null, workstation: null, mechanism: "plain" };
    }
  }

  #message(packet: IpmiPacket, r: ByteReader): void {
    const message = readMessage(r);
    if (message === null) {
      this.#out.weird("ipmi_malformed_message");
      return;
    }
    const { netfn, command } = message;
    // A session has one number in both directions with 1.5, and one of each side's with 2.0.
    const key = `message ${message.sequence} ${netfn} ${command}`;
    r.seek(message.start, message.end);
    if (message.isResponse) {
      const completion = r.u8();
      if (!r.truncated) this.#answer(key, completionName(completion), null);
      return;
    }
    const detail = readRequest(netfn, command, r);
    const row = emptyRow();
    row.version = packet.version;
    row.auth_type = authTypeName(packet.authType);
    row.netfn = netfnName(netfn);
    row.command = command;
    row.message = commandName(netfn, command);
    row.detail = detail.text;
    fillSession(row, this.#session(`managed ${packet.sessionId}`));
    row.user = detail.user ?? row.user;
    row.privilege = detail.privilege ?? row.privilege;
    row.session_id = packet.sessionId === 0 ? null : packet.sessionId;
    row.password_sent = detail.hasPassword || packet.authType === STRAIGHT_PASSWORD ? true : null;
    this.#wait(key, row);
  }

  #sealed(packet: IpmiPacket, fromOriginator: boolean): void {
    const octets = packet.end - packet.start;
    if (packet.isEncrypted) this.#conn.seal(octets);
    const key = `${fromOriginator ? "managed" : "console"} ${packet.sessionId}`;
    const session = this.#session(key) ?? this.#newSession(key);
    const { now } = this.#conn;
    if (session.sealedMessages === 0) session.from = now;
    session.to = now;
    session.sealedMessages++;
    session.sealedOctets += octets;
    if (packet.payloadType === SOL) session.consoleOctets += octets;
  }

  #session(key: string): Session | undefined {
    return this.#sessions.get(key);
  }

  #newSession(key: string): Session {
    const { now } = this.#conn;
    const session: Session = {
      user: null,
      privilege: null,
      algorithms: null,
      managedId: null,
      sealedMessages: 0,
      sealedOctets: 0,
      consoleOctets: 0,
      from: now,
      to: now,
    };
    this.#keep(key, session);
    return session;
  }

  #keep(key: string, session: Session): void {
    this.#sessions.set(key, session);
    if (this.#sessions.size <= MAX_SESSIONS) return;
    const [oldest, dropped] = this.#sessions.entries().next().value!;
    this.#sessions.delete(oldest);
    this.#left(dropped);
  }

  /** One of its identifiers is no longer known. */
  #left(session: Session): void {
    if (![...this.#sessions.values()].includes(session)) this.#sealedRow(session);
  }

  #sealedRow(session: Session): void {
    if (session.sealedMessages === 0) return;
    const row = { ...emptyRow(), version: "2.0", auth_type: "RMCP+", message: "Sealed" };
    fillSession(row, session);
    row.user = session.user;
    row.sealed_messages = session.sealedMessages;
    row.sealed_octets = session.sealedOctets;
    row.console_octets = session.consoleOctets;
    this.#out.emit(IPMI_RECORD, row, session.from, session.to);
  }

  /** A request sent again is the same request. */
  #wait(key: string, row: Row): void {
    if (this.#waiting.has(key)) return;
    this.#waiting.set(key, { row, from: this.#conn.now });
    if (this.#waiting.size <= MAX_WAITING) return;
    const [oldest, { row: unanswered, from }] = this.#waiting.entries().next().value!;
    this.#waiting.delete(oldest);
    this.#emit(unanswered, from);
  }

  #answer(key: string, completion: string, fill: ((row: Row) => void) | null): void {
    const waiting = this.#waiting.get(key);
    if (waiting === undefined) return;
    this.#waiting.delete(key);
    const { row, from } = waiting;
    row.completion = completion;
    fill?.(row);
    this.#emit(row, from, this.#conn.now);
  }

  #emit(row: Row, from: Moment, to: Moment = from): void {
    this.#out.emit(IPMI_RECORD, row, from, to);
  }
}

function fillSession(row: Row, session: Session | undefined): void {
  if (session === undefined) return;
  row.user ??= session.user;
  row.privilege = session.privilege;
  row.session_id = session.managedId;
  if (session.algorithms === null) return;
  const { authentication, integrity, confidentiality } = session.algorithms;
  row.cipher_suite = cipherSuite(authentication, integrity, confidentiality);
  row.auth_alg = authenticationName(authentication);
  row.integrity_alg = integrityName(integrity);
  row.confidentiality_alg = confidentialityName(confidentiality);
}

function emptyRow(): Row {
  return {
    version: null,
    message: null,
    detail: null,
    netfn: null,
    command: null,
    completion: null,
    user: null,
    privilege: null,
    auth_type: null,
    cipher_suite: null,
    auth_alg: null,
    integrity_alg: null,
    confidentiality_alg: null,
    hash_disclosed: null,
    password_sent: null,
    session_id: null,
    sealed_messages: null,
    sealed_octets: null,
    console_octets: null,
  };
}
