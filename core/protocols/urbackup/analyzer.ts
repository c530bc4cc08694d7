import type { ByteReader } from "../../bytes/reader.ts";
import { MessageHeads } from "../message-heads.ts";
import type { Analyzer, Connection, RecordSink } from "../protocol.ts";
import { StorageLink } from "../storage-link.ts";
import {
  AUTH_FAILED,
  AUTH_OK,
  isAuth,
  parseCommand,
  parseName,
  SUM_OCTETS,
  summedLength,
  plainLength,
} from "./packet.ts";

/** Octets of a packet that are looked at. */
const HEAD = 1024;

/** A client that comes over the Internet and signs in at its server; what follows is encrypted or compressed and not read. */
export class UrBackupInternetAnalyzer implements Analyzer {
  readonly #link: StorageLink;
  readonly #client: MessageHeads;
  readonly #server: MessageHeads;
  #isOver = false;

  constructor(conn: Connection, out: RecordSink) {
    this.#link = new StorageLink(conn, out, "urbackup", "backup client", "backup server");
    const heads = (fromOriginator: boolean): MessageHeads =>
      new MessageHeads(conn, fromOriginator, HEAD, {
        length: summedLength,
        message: (r) => this.#packet(r, fromOriginator),
        broken: () => void (this.#isOver = true),
        resumes: () => false,
      });
    this.#client = heads(true);
    this.#server = heads(false);
  }

  data(r: ByteReader, fromOriginator: boolean): void {
    if (!this.#isOver) (fromOriginator ? this.#client : this.#server).data(r);
  }

  gap(): void {
    this.#isOver = true;
  }

  close(): void {
    this.#link.close();
  }

  #packet(r: ByteReader, fromOriginator: boolean): boolean {
    this.#link.saw();
    const { row } = this.#link;
    row.service = "Internet connection";
    r.skip(SUM_OCTETS + 4);
    const id = r.u8();
    if (fromOriginator) {
      if (row.orig_name === null && isAuth(id)) row.orig_name = parseName(r);
      return true;
    }
    if (id !== AUTH_OK && id !== AUTH_FAILED) return true;
    row.outcome = id === AUTH_OK ? "granted" : "refused";
    this.#isOver = true;
    return false;
  }
}

/** Commands of a server to a client in its own network: the first of a connection. */
export class UrBackupCommandAnalyzer implements Analyzer {
  readonly #link: StorageLink;
  readonly #server: MessageHeads;
  readonly #client: MessageHeads;
  #isOver = false;

  constructor(conn: Connection, out: RecordSink) {
    this.#link = new StorageLink(conn, out, "urbackup", "backup server", "backup client");
    const heads = (fromOriginator: boolean): MessageHeads =>
      new MessageHeads(conn, fromOriginator, HEAD, {
        length: plainLength,
        message: (r) => this.#packet(r, fromOriginator),
        broken: () => void (this.#isOver = true),
        resumes: () => false,
      });
    this.#server = heads(true);
    this.#client = heads(false);
  }

  data(r: ByteReader, fromOriginator: boolean): void {
    if (!this.#isOver) (fromOriginator ? this.#server : this.#client).data(r);
  }

  gap(): void {
    this.#isOver = true;
  }

  close(): void {
    this.#link.close();
  }

  #packet(r: ByteReader, fromOriginator: boolean): boolean {
    const { row } = this.#link;
    if (!fromOriginator) {
      if (!this.#link.isSeen) return true;
      this.#link.saw();
      r.skip(4);
      const answer = r.latin1(Math.min(r.left, 80));
      row.outcome = /^(?:FAILED|ERR\b|error)/.test(answer) ? "refused" : "granted";
      if (row.outcome === "refused") row.status = answer;
      this.#isOver = true;
      return false;
    }
    const command = parseCommand(r);
    if (command === null) return true;
    this.#link.saw();
    row.orig_name ??= command.identity;
    row.service ??= command.words;
    return true;
  }
}
