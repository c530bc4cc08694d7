import type { ByteReader } from "../bytes/reader.ts";
import type { RecordType, RowOf } from "../records/record-type.ts";
import type { Pair } from "./pair.ts";
import type { Secrets } from "./secrets.ts";
import type { CarriedFile, FileFacts } from "./carried-file.ts";
import type { HttpHead } from "./http-message.ts";
import type { SecurityContext } from "./security-context.ts";

/**
 * What carries a protocol's octets.
 * - tcp, udp, icmp, sctp: a connection of the network.
 * - pipe: a named pipe inside SMB (each direction a byte stream).
 * - gss: authentication tokens inside SMB, DCE/RPC, LDAP, HTTP; each `data` call is one whole token.
 * - http: messages of an API that HTTP carries (`HttpHead`): "http-message" is told before each body, "http-message-end" behind
 *   it. `HttpCalls` joins them to calls.
 */
export type Carrier = "tcp" | "udp" | "icmp" | "sctp" | "pipe" | "gss" | "http";

/** What the engine needs to know of one protocol. */
export interface Protocol {
  /** Zeek's analyzer name in lower case where there is one ("smb", "dce_rpc", "ssl"): what `conn.service` shows. */
  readonly name: string;
  /** Specifications it is written from ("RFC 1035", "MS-SMB2"). */
  readonly specs: readonly string[];
  readonly over: readonly Carrier[];
  /** Ports that make it worth probing first; a port alone decides nothing. */
  readonly ports: readonly number[];
  /**
   * Judges the first octets that one side sent (a stream's beginning, a datagram, a token).
   * "no" from both sides ends it; "yes" opens an analyzer; "more" asks again with more octets (bounded by the engine).
   * @param hint Ports, carrier and pipe name, for protocols whose first octets alone are weak evidence.
   */
  probe(r: ByteReader, hint: ProbeHint): Verdict;
  open(conn: Connection, out: RecordSink): Analyzer;
  readonly records: readonly RecordType[];
  /** What can be wrong: the closed list of names that its `weird` calls use. */
  readonly weirds: readonly string[];
}

export type Verdict = "yes" | "no" | "more";

export interface ProbeHint {
  readonly carrier: Carrier;
  readonly fromOriginator: boolean;
  /** Responder's port; 0 inside another stream. */
  readonly respPort: number;
  readonly origPort: number;
  /** Name of the inner stream for "pipe" (lower case, no prefix), "http" and "tcp" ("websocket", "tls"), else "". */
  readonly pipe: string;
  /** True if the port is one of this protocol's. */
  readonly onPort: boolean;
}

/**
 * One connection's (or inner stream's) analysis: messages in, records out.
 *
 * Octets arrive once, in order per direction. The reader is borrowed for the call: copy what must live longer. What
 * is left unread is gone; keep unfinished messages in a `Carry`. Losing octets is an ordinary event: `gap` tells how many.
 * An exception ends this analyzer only and is reported as a weird with the frame.
 */
export interface Analyzer {
  data(r: ByteReader, fromOriginator: boolean): void;
  /** `octets` of one direction were never captured; they lie before what `data` brings next. */
  gap(octets: number, fromOriginator: boolean): void;
  /** The connection is over: report what is pending. Called once. */
  close(): void;
  /** It is ended without `close`: gives back what it holds of what connections share. */
  release?(): void;
  /** Facts from the carrier of an inner stream (see `InnerStream.tell`). */
  told?(fact: CarrierFact): void;
}

/** What a carrier tells the stream inside it. */
export type CarrierFact =
  /** Outcome of the authentication whose tokens went through a "gss" stream. */
  | { readonly kind: "auth-result"; readonly success: boolean }
  /** Headers of a message whose body comes next on an "http" stream. */
  | ({ readonly kind: "http-message" } & HttpHead)
  /** The octets of this direction that come next are of another exchange than those before (HTTP/2 mixes them). */
  | { readonly kind: "http-turn"; readonly exchange: number; readonly isRequest: boolean }
  | {
      readonly kind: "http-message-end";
      readonly exchange: number;
      readonly isRequest: boolean;
      /** False: it was cut off. */
      readonly isComplete: boolean;
      /** Octets of its body that were never captured; unset without. Others that did not come were let pass because nobody needed them. */
      readonly lost?: number;
    };

/** A frame of the evidence: what a record points to. */
export interface Moment {
  /** ns since 1970-01-01 UTC. */
  readonly ts: bigint;
  readonly capture: number;
  readonly frame: number;
}

/** Who authenticated, as far as the wire shows. */
export interface Identity {
  readonly user: string | null;
  readonly domain: string | null;
  readonly workstation: string | null;
  readonly mechanism: "ntlm" | "kerberos" | "plain";
  /** True if a ticket that was opened with a given key names the user. */
  readonly isFromTicket?: true;
}

/** The connection as an analyzer sees it. */
export interface Connection {
  readonly uid: string;
  /** Carrier of this stream: the connection's, or of the inner stream the analyzer was opened on. */
  readonly carrier: Carrier;
  readonly origH: string;
  readonly origP: number;
  readonly respH: string;
  readonly respP: number;
  /** First packet. */
  readonly start: Moment;
  /** Name of an inner stream: of the pipe for "pipe" (lower case, no prefix), as its opener calls it for others; else "". */
  readonly pipe: string;
  /** Frame that completes what is being delivered. Reading it costs a little: read it once per message. */
  readonly now: Moment;
  /** True if the connection was seen from its first packet on (TCP: SYN). */
  readonly sawStart: boolean;
  /**
   * Says that this is the protocol: its name enters `conn.service`. Repeated calls do nothing.
   * @param name Another name to enter, for what has no analyzer of its own here but one in Zeek (the mechanism in a token).
   */
  confirm(name?: string): void;
  /**
   * Says that this is not the protocol after all (or no longer): the analyzer is ended without `close`. If it was confirmed, the
   * reason becomes an `analyzer` record, and early in a connection the protocol's name leaves `conn.service`.
   * @param data Octets that do not fit, one character each.
   */
  violate(reason: string, data?: string): void;
  /**
   * True once what does not fit says little of the protocol: much was read before, or octets are missing that may be to blame.
   * Analyzers that can go on then do.
   */
  readonly isSettled: boolean;
  /** Says that who sent first is the responder: originator and responder of the connection change places. For datagrams. */
  flip(): void;
  /**
   * The next `octets` of one direction are bulk payload that nobody asked for: they are counted, not delivered, and
   * `skipped` of the connection grows. A gap inside them is swallowed.
   */
  skip(octets: number, fromOriginator: boolean): void;
  /** Octets asked to be skipped in one direction that have not gone by yet: not 0 if the connection broke off. */
  unskipped(fromOriginator: boolean): number;
  /**
   * `octets` of payload are encrypted, so that nobody can read them; counted for the coverage statement. Negative where
   * fewer went by than was said before.
   */
  seal(octets: number): void;
  /**
   * A file that begins here: it gets its type, its hashes and a `files` record. It may be closed when it is over; what has no key ends with this
   * analyzer at the latest.
   */
  file(facts: FileFacts): CarriedFile;
  /** Opens a stream inside this one; the engine probes what it carries. */
  inner(carrier: "pipe" | "gss" | "http" | "tcp", name: string): InnerStream;
  /**
   * Gives the rest of this connection, from the next octet on in both directions, to whatever it turns out to carry (CONNECT, STARTTLS, SOCKS). This
   * analyzer gets no more data, only `close`.
   */
  handOver(): void;
  /**
   * Says that the connection goes through a proxy, which Zeek counts as a tunnel: its record is written, once for all
   * connections of the client to the same port of the proxy.
   */
  proxied(kind: "Tunnel::SOCKS" | "Tunnel::HTTP"): void;
  /**
   * A connection to this port is to be analysed as `protocol` whatever its first octets look like (FTP data, a port
   * learnt from the endpoint mapper). Holds for the same two hosts.
   */
  expect(respH: string, respP: number, protocol: string): void;
  /**
   * Values shared by all connections of the same two hosts, by name: `pair.get(key)`; bounded, oldest dropped first. Datagrams
   * on the ports of DHCP, whose conversations go between several pairs of addresses, share one for all hosts.
   */
  readonly pair: Pair;
  /** What `pair` has by this name; nothing is kept of hosts that share nothing. */
  shared(name: string): unknown;
  /**
   * Says that something is told of the same two hosts; only in frames of their connections.
   * @param within ns for which telling it once is enough.
   * @returns false if it was told already, so that it need not be told again. Bounded: the one told longest ago is forgotten.
   */
  isFirst(what: string, within: bigint): boolean;
  /** Who authenticated last on this connection or stream; analyzers inside and outside read and set it. */
  identity: Identity | null;
  /** What the last authentication in this stream (or in one around it) left to derive keys from; set by analyzers of "gss" streams. */
  securityContext: SecurityContext | null;
  /** What the investigator gave to decrypt with; what comes of it goes into a `decryption` record. */
  readonly secrets: Secrets;
}

/** A stream inside a connection. */
export interface InnerStream {
  /** Octets of one direction, in order. For "gss", one whole token; for "http", the client is the originator. */
  data(bytes: Uint8Array, start: number, end: number, fromOriginator: boolean): void;
  gap(octets: number, fromOriginator: boolean): void;
  tell(fact: CarrierFact): void;
  close(): void;
  /** Who authenticated in it, once known. */
  readonly identity: Identity | null;
  /** What the authentication in it left to derive keys from, once seen; null without secrets of its kind. */
  readonly securityContext: SecurityContext | null;
}

/** Where an analyzer puts its records. */
export interface RecordSink {
  /**
   * Adds a record.
   * @param from Frame in which the event begins; `ts` of the record.
   * @param to Frame in which it ends.
   */
  emit<T extends RecordType>(type: T, row: RowOf<T>, from: Moment, to?: Moment): void;
  /**
   * Adds a `weird` record at the current frame; `name` is from the protocol's closed list. One of a connection and name is told
   * once in ten minutes.
   * @param source Zeek's analyzer that finds it: the protocol's own if left out, null for what a script of Zeek's finds.
   */
  weird(name: string, addl?: string, source?: string | null): void;
  /** The same of octets that are left alone because they go beyond a bound; the connection's history says so too. Zeek: `LimitReachedWeird` */
  limit(name: string, value: number, most: number): void;
  /**
   * Says that one thing was given up early because too many of its kind were under way at one time, or because it is too large; counted for the coverage statement.
   * @param noun Singular, such as "SMB handle".
   */
  forgot(noun: string): void;
}
