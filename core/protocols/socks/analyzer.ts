import { ByteReader } from "../../bytes/reader.ts";
import { wireText } from "../../bytes/text.ts";
import { MessageHeads } from "../message-heads.ts";
import type { Analyzer, Connection, InnerStream, Moment, RecordSink } from "../protocol.ts";
import type { Place } from "./messages.ts";
import {
  loginLength,
  message5Length,
  methodName,
  readMessage5,
  readReply4,
  readRequest4,
  request4Length,
  status4,
  status5,
} from "./messages.ts";
import type { SocksRow } from "./records.ts";
import { socksRecord } from "./records.ts";

/** Longest message. */
const HEAD = 2048;
const REST = 2 ** 40;
const PASSWORD = 2;
const NO_METHOD = 0xff;
const UDP_ASSOCIATE = 3;
const COMMANDS = ["", "connect", "bind", "udp_associate"];

type Step = "greeting" | "method" | "login" | "login-reply" | "request" | "reply" | "over";

/** One connection to a SOCKS proxy. SOCKS 4, 4a; RFC 1928, RFC 1929 */
export class SocksAnalyzer implements Analyzer {
  readonly #conn: Connection;
  readonly #out: RecordSink;
  readonly #client: MessageHeads;
  readonly #proxy: MessageHeads;
  readonly #nothing = new ByteReader(new Uint8Array(0));
  #version = 0;
  #step: Step = "greeting";
  #method = 0;
  #command = 0;
  #row: SocksRow | null = null;
  #from: Moment | null = null;
  #isConfirmed = false;
  /** What goes through the proxy, if the client began to send it before it was told that it may. */
  #through: InnerStream | null = null;
  /** A reply to BIND was seen; a second one, which Zeek does not read, tells who came. */
  #isBound = false;

  constructor(conn: Connection, out: RecordSink) {
    this.#conn = conn;
    this.#out = out;
    const broken = (): void => void this.#violate("invalid SOCKS message");
    // After a loss the dialogue cannot be found again: it is a few messages long.
    const resumes = (): boolean => this.#stop();
    this.#client = new MessageHeads(conn, true, HEAD, {
      length: (r) => this.#clientLength(r),
      message: (r) => this.#clientSays(r),
      broken,
      resumes,
    });
    this.#proxy = new MessageHeads(conn, false, HEAD, {
      length: (r) => this.#proxyLength(r),
      message: (r) => this.#proxySays(r),
      broken,
      resumes,
    });
  }

  data(r: ByteReader, fromOriginator: boolean): void {
    if (this.#step === "over") {
      this.#through?.data(r.source, r.pos, r.end, fromOriginator);
      return;
    }
    const heads = fromOriginator ? this.#client : this.#proxy;
    heads.data(r);
    if (this.#through !== null && r.left > 0) this.#through.data(r.source, r.pos, r.end, fromOriginator);
    if (heads.held >= HEAD - 1) this.#stop();
    else if (this.#isAsked) (fromOriginator ? this.#proxy : this.#client).data(this.#nothing);
  }

  gap(octets: number, fromOriginator: boolean): void {
    if (this.#isAsked) (fromOriginator ? this.#client : this.#proxy).gap(octets);
    else this.#through?.gap(octets, fromOriginator);
  }

  close(): void {
    this.#through?.close();
    // Zeek logs what was confirmed, a request that was answered; a refused login is worth a row too.
    const isLogged = this.#isConfirmed || (this.#row?.status ?? null) !== null;
    if (this.#row !== null && isLogged) {
      this.#out.emit(socksRecord, this.#row, this.#from!, this.#conn.now);
    }
  }

  get #isAsked(): boolean {
    return this.#step !== "over";
  }

  #clientLength(r: ByteReader): number {
    switch (this.#step) {
      case "greeting":
        this.#version = r.peekU8();
        if (this.#version === 4) return request4Length(r);
        if (this.#version !== 5) return -1;
        return r.left < 2 ? 0 : 2 + r.peekU8(1);
      case "login":
        return this.#method === PASSWORD ? loginLength(r) : r.left;
      case "request":
        return r.peekU8() === 5 ? message5Length(r) : -1;
      default:
        return 0;
    }
  }

  #clientSays(r: ByteReader): boolean {
    switch (this.#step) {
      case "greeting":
        if (this.#version === 5) {
          this.#step = "method";
          return true;
        } else {
          const request = readRequest4(r);
          this.#begin().user_id = request.userId;
          return this.#request(request.command, request.place);
        }
      case "login":
        return this.#login(r);
      case "request": {
        const { code, reserved, place } = readMessage5(r);
        if (reserved !== 0) return this.#violate(`invalid value in reserved field: ${reserved}`);
        if (code === 0 || code > UDP_ASSOCIATE) return this.#violate(`undefined value in command field: ${code}`);
        return this.#request(code, place);
      }
      default:
        return true;
    }
  }

  #login(r: ByteReader): boolean {
    this.#step = "login-reply";
    if (this.#method !== PASSWORD) {
      this.#out.weird("socks5_unsupported_authentication_method", String(this.#method), null);
      return this.#stop();
    }
    const version = r.u8();
    if (version !== 1) {
      this.#unsupported(version);
      return this.#stop();
    }
    const row = this.#begin();
    row.user = wireText(r, r.u8());
    row.password_sent = true;
    return true;
  }

  #unsupported(version: number): void {
    this.#out.weird("socks5_unsupported_authentication", `method ${this.#method}, version ${version}`, null);
  }

  #request(command: number, { host, name, port }: Place): boolean {
    const row = this.#begin();
    this.#command = command;
    row.command = COMMANDS[command] ?? `unknown-${command}`;
    row["request.host"] = host;
    row["request.name"] = name;
    row.request_p = port;
    this.#conn.proxied("Tunnel::SOCKS");
    this.#step = "reply";
    return true;
  }

  #proxyLength(r: ByteReader): number {
    switch (this.#step) {
      case "method":
      case "login-reply":
        return 2;
      case "reply":
        return this.#version === 4 ? 8 : r.peekU8() === 5 ? message5Length(r) : -1;
      default:
        return 0;
    }
  }

  #proxySays(r: ByteReader): boolean {
    switch (this.#step) {
      case "method": {
        const version = r.u8();
        if (version !== 5) return this.#violate(`unsupported/unknown SOCKS version ${version}`);
        this.#method = r.u8();
        this.#step = this.#method === 0 || this.#method === NO_METHOD ? "request" : "login";
        return true;
      }
      case "login-reply": {
        const version = r.u8();
        if (version === 1) this.#begin().status = status5(r.u8());
        else this.#unsupported(version);
        this.#step = "request";
        return true;
      }
      case "reply":
        return this.#reply(r);
      default:
        return true;
    }
  }

  #reply(r: ByteReader): boolean {
    const row = this.#begin();
    let isGranted;
    let place;
    let status;
    if (this.#version === 4) {
      const reply = readReply4(r);
      place = reply.place;
      status = status4(reply.status);
      isGranted = reply.status === 0x5a;
    } else {
      const reply = readMessage5(r);
      place = reply.place;
      status = status5(reply.code);
      isGranted = reply.code === 0;
    }
    if (!this.#isBound) {
      row.status = status;
      row["bound.host"] = place.host;
      row["bound.name"] = place.name;
      row.bound_p = place.port;
    }
    this.#isConfirmed = true;
    this.#conn.confirm();
    if (isGranted && row.user !== null) {
      this.#conn.identity = { user: row.user, domain: null, workstation: null, mechanism: "plain" };
    }
    if (!isGranted || row.command === "udp_associate") return this.#stop();
    if (this.#command === 2 && !this.#isBound) {
      this.#isBound = true;
      return true;
    }
    this.#step = "over";
    const early = this.#client.takeHeld();
    if (early.length === 0) {
      this.#conn.handOver();
    } else {
      this.#through = this.#conn.inner("tcp", "");
      this.#through.data(early, 0, early.length, true);
    }
    return false;
  }

  #begin(): SocksRow {
    if (this.#row !== null) return this.#row;
    this.#from = this.#conn.now;
    this.#row = {
      version: this.#version,
      user: null,
      password: null,
      status: null,
      "request.host": null,
      "request.name": null,
      request_p: null,
      "bound.host": null,
      "bound.name": null,
      bound_p: null,
      command: null,
      auth_method: this.#version === 5 ? methodName(this.#method) : null,
      user_id: null,
      password_sent: null,
    };
    return this.#row;
  }

  #violate(reason: string): false {
    this.#step = "over";
    this.#row = null;
    this.#conn.violate(reason);
    return false;
  }

  /** Nothing that concerns SOCKS follows. */
  #stop(): false {
    this.#step = "over";
    this.#conn.skip(REST, true);
    this.#conn.skip(REST, false);
    return false;
  }
}
