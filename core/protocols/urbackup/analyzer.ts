import type { ByteReader } from "../../bytes/reader.ts";
import { MessageHeads } from "../message-heads.ts";
import { MessagePair } from "../message-pair.ts";
import type { Analyzer, Connection, RecordSink } from "../protocol.ts";
import { StorageLink } from "../storage-link.ts";
import {
  AUTH_FAILED,
  AUTH_OK,
  BASE_DIRECTORY_LOST,
  COULD_NOT_OPEN,
  FILE_SIZE,
  isAuth,
  parseCommand,
  parseFileRequest,
  parseName,
  SUM_OCTETS,
  summedLength,
  plainLength,
} from "./packet.ts";

/** Octets of a packet that are looked at. */
const HEAD = 1024;
/** Of a request for a file, whose path comes before the identity. */
const MOST_REQUEST = 20_000;

/** A client that comes over the Internet and signs in at its server; what follows is encrypted or compressed and not read. */
export class UrBackupInternetAnalyzer implements Analyzer {
  readonly #link: StorageLink;
  readonly #messages: MessagePair;

  constructor(conn: Connection, out: RecordSink) {
    this.#link = new StorageLink(conn, out, "urbackup", "backup client", "backup server");
    this.#messages = new MessagePair(conn, HEAD, (fromOriginator) => ({
      length: summedLength,
      message: (r) => this.#packet(r, fromOriginator),
      resumes: () => false,
    }));
  }

  data(r: ByteReader, fromOriginator: boolean): void {
    this.#messages.data(r, fromOriginator);
  }

  gap(): void {
    this.#messages.end();
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
    this.#messages.end();
    return false;
  }
}

/** A server that fetches files of a client in its own network: the first request and its answer. */
export class UrBackupFilesAnalyzer implements Analyzer {
  readonly #link: StorageLink;
  readonly #server: MessageHeads;
  #isOver = false;

  constructor(conn: Connection, out: RecordSink) {
    this.#link = new StorageLink(conn, out, "urbackup_files", "backup server", "backup client");
    this.#server = new MessageHeads(conn, true, MOST_REQUEST, {
      length: plainLength,
      message: (r) => this.#request(r),
      broken: () => void (this.#isOver = true),
      resumes: () => false,
    });
  }

  data(r: ByteReader, fromOriginator: boolean): void {
    if (this.#isOver) return;
    if (fromOriginator) this.#server.data(r);
    else this.#answer(r);
  }

  gap(): void {
    this.#isOver = true;
  }

  close(): void {
    this.#link.close();
  }

  #request(r: ByteReader): boolean {
    const request = parseFileRequest(r);
    if (request === null || this.#link.isSeen) return true;
    this.#link.saw();
    const { row } = this.#link;
    row.service = "file transfer";
    row.orig_name = request.identity;
    row.detail = request.path;
    return true;
  }

  /** Answers have no frame around them. */
  #answer(r: ByteReader): void {
    if (!this.#link.isSeen || r.left === 0) return;
    const { row } = this.#link;
    const first = r.u8();
    this.#link.saw();
    if (first === FILE_SIZE) row.outcome = "granted";
    else if (first === COULD_NOT_OPEN || first === BASE_DIRECTORY_LOST) row.outcome = "refused";
    if (row.outcome === "refused") row.status = first === COULD_NOT_OPEN ? "could not open" : "base directory lost";
    this.#isOver = true;
  }
}

/** Commands of a server to a client in its own network: the first of a connection. */
export class UrBackupCommandAnalyzer implements Analyzer {
  readonly #link: StorageLink;
  readonly #messages: MessagePair;

  constructor(conn: Connection, out: RecordSink) {
    this.#link = new StorageLink(conn, out, "urbackup_commands", "backup server", "backup client");
    this.#messages = new MessagePair(conn, HEAD, (fromOriginator) => ({
      length: plainLength,
      message: (r) => this.#packet(r, fromOriginator),
      resumes: () => false,
    }));
  }

  data(r: ByteReader, fromOriginator: boolean): void {
    this.#messages.data(r, fromOriginator);
  }

  gap(): void {
    this.#messages.end();
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
      this.#messages.end();
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
