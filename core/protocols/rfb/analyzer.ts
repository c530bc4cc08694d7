import { ByteReader } from "../../bytes/reader.ts";
import { wireText } from "../../bytes/text.ts";
import { MessageHeads } from "../message-heads.ts";
import type { Analyzer, Connection, Moment, RecordSink } from "../protocol.ts";
import { countInput, inputLength } from "./client-input.ts";
import type { RfbRow } from "./records.ts";
import { rfbRecord, securityName } from "./records.ts";

/** Octets of a message that are looked at: a failure's reason or a desktop's name. */
const HEAD = 8192;
/** Longest text in the handshake. Zeek src/analyzer/protocol/rfb/rfb-protocol.pac */
const MAX_TEXT = 65_536;
const REST = 2 ** 40;

const VERSION_OCTETS = 12;
const CHALLENGE_OCTETS = 16;
const INIT_OCTETS = 24;
const NONE = 1;
const VNC = 2;
const TLS = 18;
const VENCRYPT = 19;
const APPLE = 30;

/** What comes next from one side; "wait" until the other side has said something. */
type Server =
  | "version"
  | "type"
  | "types"
  | "failure"
  | "challenge"
  | "apple-challenge"
  | "result"
  | "init"
  | "vencrypt-version"
  | "vencrypt-ack"
  | "vencrypt-types"
  | "vencrypt-go"
  | "wait";
type Client =
  | "version"
  | "choice"
  | "response"
  | "apple-response"
  | "init"
  | "input"
  | "vencrypt-version"
  | "vencrypt-type"
  | "wait";

/** One VNC session. RFC 6143 */
export class RfbAnalyzer implements Analyzer {
  readonly #conn: Connection;
  readonly #out: RecordSink;
  readonly #fromServer: MessageHeads;
  readonly #fromClient: MessageHeads;
  readonly #nothing = new ByteReader(new Uint8Array(0));
  #server: Server = "version";
  #client: Client = "wait";
  #minor = 0;
  #keyOctets = 0;
  #row: RfbRow | null = null;
  #from: Moment | null = null;
  #isOver = false;

  constructor(conn: Connection, out: RecordSink) {
    this.#conn = conn;
    this.#out = out;
    const broken = (): void => void this.#stop();
    // After a loss nothing tells where in the handshake it goes on.
    const resumes = (): boolean => {
      this.#stop();
      return false;
    };
    this.#fromServer = new MessageHeads(conn, false, HEAD, {
      length: (r) => this.#serverLength(r),
      message: (r) => this.#serverSays(r),
      broken,
      resumes,
    });
    this.#fromClient = new MessageHeads(conn, true, HEAD, {
      length: (r) => (this.#client === "input" ? inputLength(r) : this.#clientLength(r)),
      message: (r) => this.#clientSays(r),
      broken,
      resumes,
    });
  }

  data(r: ByteReader, fromOriginator: boolean): void {
    if (this.#isOver) return;
    const heads = fromOriginator ? this.#fromClient : this.#fromServer;
    heads.data(r);
    if (heads.held >= HEAD - 1) this.#stop();
    // What this side said may be what octets of the other side waited for.
    else if (!this.#isOver) (fromOriginator ? this.#fromServer : this.#fromClient).data(this.#nothing);
  }

  gap(octets: number, fromOriginator: boolean): void {
    if (!this.#isOver) (fromOriginator ? this.#fromClient : this.#fromServer).gap(octets);
  }

  close(): void {
    if (this.#row !== null) this.#out.emit(rfbRecord, this.#row, this.#from!, this.#conn.now);
  }

  #serverLength(r: ByteReader): number {
    switch (this.#server) {
      case "version":
        return VERSION_OCTETS;
      case "type":
      case "result":
        return 4;
      case "types":
        return 1 + r.peekU8();
      case "failure":
        return textLength(r, 0);
      case "challenge":
        return CHALLENGE_OCTETS;
      case "apple-challenge":
        return r.left < 4 ? 0 : 4 + 2 * r.peekU16be(2);
      case "init":
        return textLength(r, INIT_OCTETS - 4);
      case "vencrypt-version":
        return 2;
      case "vencrypt-ack":
      case "vencrypt-go":
        return 1;
      case "vencrypt-types":
        return 1 + 4 * r.peekU8();
      case "wait":
        return 0;
    }
  }

  #clientLength(r: ByteReader): number {
    switch (this.#client) {
      case "version":
        return VERSION_OCTETS;
      case "choice":
      case "init":
        return 1;
      case "response":
        return CHALLENGE_OCTETS;
      case "apple-response":
        return Math.max(1, 2 * this.#keyOctets);
      case "vencrypt-version":
        return 2;
      case "vencrypt-type":
        return 4;
      case "input":
        return inputLength(r);
      case "wait":
        return 0;
    }
  }

  #serverSays(r: ByteReader): boolean {
    switch (this.#server) {
      case "version": {
        const version = readVersion(r);
        if (version === null) return this.#violate();
        const row = this.#begin();
        [row.server_major_version, row.server_minor_version] = version;
        return this.#next("wait", "version");
      }
      case "type":
        return this.#decided(r.u32be());
      case "types": {
        const count = r.u8();
        if (count === 0) return this.#next("failure", "wait");
        const types: string[] = [];
        for (let i = 0; i < count; i++) types.push(securityName(r.u8()));
        this.#begin().security_types = types;
        return this.#next("wait", "choice");
      }
      case "failure":
        this.#begin().failure_reason = wireText(r, Math.min(r.u32be(), r.left));
        return this.#stop();
      case "challenge":
        return this.#next("wait", "response");
      case "apple-challenge":
        r.skip(2);
        this.#keyOctets = r.u16be();
        return this.#next("wait", "apple-response");
      case "result": {
        const isRefused = r.u32be() !== 0;
        this.#begin().auth = !isRefused;
        if (!isRefused) return this.#next("wait", "init");
        return this.#minor >= 8 ? this.#next("failure", "wait") : this.#stop();
      }
      case "init": {
        const row = this.#begin();
        row.width = r.u16be();
        row.height = r.u16be();
        r.skip(16);
        row.desktop_name = wireText(r, Math.min(r.u32be(), r.left));
        row.key_presses = row.pointer_events = row.clipboard_octets = 0;
        // The screen's contents are nobody's concern.
        this.#conn.skip(REST, false);
        this.#next("wait", "input");
        return false;
      }
      case "vencrypt-version":
        return this.#next("wait", "vencrypt-version");
      case "vencrypt-ack":
        return r.u8() === 0 ? this.#next("vencrypt-types", "wait") : this.#stop();
      case "vencrypt-types":
        return this.#next("wait", "vencrypt-type");
      case "vencrypt-go":
        return r.u8() === 1 ? this.#handOver() : this.#stop();
      case "wait":
        return true;
    }
  }

  #clientSays(r: ByteReader): boolean {
    switch (this.#client) {
      case "version": {
        const version = readVersion(r);
        if (version === null) return this.#violate();
        const row = this.#begin();
        [row.client_major_version, row.client_minor_version] = version;
        this.#minor = Number(version[1]);
        this.#conn.confirm();
        return this.#next(this.#minor >= 7 ? "types" : "type", "wait");
      }
      case "choice":
        return this.#decided(r.u8());
      case "response":
      case "apple-response":
        return this.#next("result", "wait");
      case "init":
        this.#begin().share_flag = r.u8() !== 0;
        return this.#next("init", "wait");
      case "input":
        countInput(r, this.#begin());
        return true;
      case "vencrypt-version":
        return this.#next("vencrypt-ack", "wait");
      case "vencrypt-type": {
        const subtype = r.u32be();
        // 256 is "Plain": a name and a password in clear.
        return subtype > 256 ? this.#next("vencrypt-go", "wait") : this.#stop();
      }
      case "wait":
        return true;
    }
  }

  /** The security type is known: of the server up to version 3.6, of the client since. RFC 6143 7.1.2, 7.2 */
  #decided(type: number): boolean {
    this.#begin().authentication_method = securityName(type);
    switch (type) {
      case 0:
        return this.#next("failure", "wait");
      case NONE:
        return this.#minor >= 8 ? this.#next("result", "wait") : this.#next("wait", "init");
      case VNC:
        return this.#next("challenge", "wait");
      case APPLE:
        return this.#next("apple-challenge", "wait");
      case TLS:
        return this.#handOver();
      case VENCRYPT:
        return this.#next("vencrypt-version", "wait");
      default:
        return this.#stop();
    }
  }

  #next(server: Server, client: Client): true {
    this.#server = server;
    this.#client = client;
    return true;
  }

  #begin(): RfbRow {
    if (this.#row !== null) return this.#row;
    this.#from = this.#conn.now;
    this.#row = {
      client_major_version: null,
      client_minor_version: null,
      server_major_version: null,
      server_minor_version: null,
      authentication_method: null,
      auth: null,
      share_flag: null,
      desktop_name: null,
      width: null,
      height: null,
      security_types: null,
      failure_reason: null,
      key_presses: null,
      pointer_events: null,
      clipboard_octets: null,
    };
    return this.#row;
  }

  #handOver(): false {
    this.#isOver = true;
    this.#conn.handOver();
    return false;
  }

  #violate(): false {
    this.#isOver = true;
    this.#conn.violate("no version of RFB");
    return false;
  }

  /** What follows cannot be read. */
  #stop(): false {
    this.#isOver = true;
    this.#conn.skip(REST, true);
    this.#conn.skip(REST, false);
    return false;
  }
}

/** A text with its length in front, behind `at` octets. */
function textLength(r: ByteReader, at: number): number {
  if (r.left < at + 4) return 0;
  const length = r.peekU32be(at);
  return length < MAX_TEXT ? at + 4 + length : -1;
}

/** "RFB 003.008\n". RFC 6143 7.1.1 */
export function readVersion(r: ByteReader): [major: string, minor: string] | null {
  const found = /^RFB (\d{3})\.(\d{3})\n$/u.exec(r.latin1(VERSION_OCTETS));
  return found === null ? null : [found[1]!, found[2]!];
}
