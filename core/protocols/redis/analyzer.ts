import type { ByteReader } from "../../bytes/reader.ts";
import { MessageHeads } from "../message-heads.ts";
import type { Analyzer, Connection, RecordSink } from "../protocol.ts";
import { inlineWords, MAX_WORDS } from "./command.ts";
import { ELEMENT_HEAD, elementLength, lineText, readElement } from "./elements.ts";
import { Pairing } from "./pairing.ts";
import { ReplyBuilder } from "./reply.ts";

const REST = 2 ** 40;
const ARRAY = 0x2a;
const CR = 0x0d;
const LF = 0x0a;
/** Types that a server's element can have. */
const SERVER_TYPES = "+-:$*_#,(!=%~>|";

/** One connection to a Redis server. */
export class RedisAnalyzer implements Analyzer {
  readonly #conn: Connection;
  readonly #out: RecordSink;
  readonly #pairing: Pairing;
  readonly #commands: MessageHeads;
  readonly #replies: MessageHeads;
  readonly #builder = new ReplyBuilder();
  /** Words of the command that is being read, and how many of it are still to come. */
  #words: string[] = [];
  #wordsLeft = 0;
  #wordCount = 0;
  #cut = 0;
  #isOver = false;

  constructor(conn: Connection, out: RecordSink) {
    this.#conn = conn;
    this.#out = out;
    this.#pairing = new Pairing(conn, out);
    const broken = (): void => void this.#violate("malformed RESP");
    this.#commands = new MessageHeads(conn, true, ELEMENT_HEAD, {
      length: (r) => (this.#wordsLeft > 0 || r.peekU8() === ARRAY ? elementLength(r) : inlineLength(r)),
      message: (r, total) => this.#fromClient(r, total),
      broken,
      resumes: (r) => r.peekU8() === ARRAY && elementLength(r) > 0,
    });
    this.#replies = new MessageHeads(conn, false, ELEMENT_HEAD, {
      length: elementLength,
      message: (r, total) => this.#fromServer(r, total),
      broken,
      resumes: (r) => SERVER_TYPES.includes(String.fromCharCode(r.peekU8())) && elementLength(r) > 0,
    });
  }

  data(r: ByteReader, fromOriginator: boolean): void {
    if (!this.#isOver) (fromOriginator ? this.#commands : this.#replies).data(r);
  }

  gap(octets: number, fromOriginator: boolean): void {
    if (this.#isOver) return;
    const heads = fromOriginator ? this.#commands : this.#replies;
    heads.gap(octets);
    if (!heads.isLost) return;
    this.#wordsLeft = 0;
    this.#builder.clear();
    this.#pairing.lost();
  }

  close(): void {
    this.#pairing.close();
  }

  #fromClient(r: ByteReader, total: number): boolean {
    if (this.#wordsLeft === 0 && r.peekU8() !== ARRAY) {
      const words = inlineWords(lineText(r, r.left));
      if (words.length > 0) this.#command(words, words.length, 0);
      return true;
    }
    const element = readElement(r, total);
    if (element === null) return this.#violate("malformed RESP");
    if (this.#wordsLeft === 0) {
      this.#words = [];
      this.#cut = 0;
      this.#wordsLeft = this.#wordCount = Math.max(0, element.count);
      return true;
    }
    if (element.type !== "$") return this.#violate("a command is made of strings");
    this.#wordsLeft--;
    this.#cut += element.cut;
    if (this.#words.length < MAX_WORDS) this.#words.push(element.text);
    else this.#cut += element.text.length;
    if (this.#wordsLeft === 0) this.#command(this.#words, this.#wordCount, this.#cut);
    return true;
  }

  #command(words: readonly string[], count: number, cut: number): void {
    this.#pairing.command({ words: words.slice(0, MAX_WORDS), count, cut });
  }

  #fromServer(r: ByteReader, total: number): boolean {
    // Servers made by hand for tests end an answer with an empty line.
    if (r.peekU8() === CR || r.peekU8() === LF) return true;
    const type = String.fromCharCode(r.peekU8());
    const element = SERVER_TYPES.includes(type) ? readElement(r, total) : null;
    if (element === null) return this.#violate("error while parsing RESP server data");
    const reply = this.#builder.add(element);
    if (reply === "broken") return this.#violate("replies inside each other too deep");
    if (reply === null) return true;
    this.#conn.confirm();
    this.#pairing.reply(reply);
    if (!/^(?:FULLRESYNC|CONTINUE)\b/u.test(reply.text)) return true;
    // A replica: the server sends its whole data, then every command it gets. That is another protocol.
    this.#isOver = true;
    this.#out.weird("redis_replication_stream");
    this.#conn.skip(REST, true);
    this.#conn.skip(REST, false);
    return false;
  }

  #violate(reason: string): false {
    this.#isOver = true;
    this.#conn.violate(reason);
    return false;
  }
}

/** A command written by hand: a line of at most 1024 octets, as Zeek takes it. */
const MAX_INLINE = 1024;

function inlineLength(r: ByteReader): number {
  const end = r.find(LF);
  const length = end < 0 ? r.left : end + 1 - r.pos;
  if (length > MAX_INLINE) return -1;
  return end < 0 ? 0 : length;
}
