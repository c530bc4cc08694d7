import { rowWeight } from "../../bytes/held-budget.ts";
import { HeldMap } from "../../bytes/held-map.ts";
import type { Connection, Moment, RecordSink } from "../protocol.ts";
import type { Command } from "./command.ts";
import { keyOf, shownArguments, userOf, valueOf } from "./command.ts";
import type { RedisRow } from "./records.ts";
import { redisRecord } from "./records.ts";
import type { Reply } from "./reply.ts";

/** Commands that wait for a reply at one time. Zeek base/protocols/redis/main.zeek, max_pending_commands */
const MAX_PENDING = 10_000;
/** Replies that came before their commands and are kept; a server's octets alone would be nothing else. */
const MAX_EARLY = 256;
/** CLIENT REPLY OFF and SKIP that are remembered. */
const MAX_RANGES = 256;
/** Octets of memory of a command whose answer comes like a message, about. */
const SKIPPED = 96;

/** Commands that make the connection one of messages; and those that end it. */
const SUBSCRIBING = new Set(["psubscribe", "ssubscribe", "subscribe"]);
/** Commands whose answers come like messages. */
const UNANSWERED = new Set(["psubscribe", "punsubscribe", "ssubscribe", "subscribe", "sunsubscribe", "unsubscribe"]);
/** Commands that Zeek knows; only these change what it thinks of subscriptions. */
const OTHERS_KNOWN = new Set(
  (
    "append auth bitcount bitfield bitfield_ro bitop bitpos blmpop blpop brpop client copy decr decrby del dump exists " +
    "expire expireat expiretime get getbit getdel getex getrange getset hdel hello hget hset incr incrby keys mget " +
    "move mset persist quit rename reset set strlen ttl type"
  ).split(" "),
);

interface Pending {
  readonly row: RedisRow;
  readonly from: Moment;
}

/** Finds the command that a reply answers, as Zeek's script does. Zeek base/protocols/redis/main.zeek */
export class Pairing {
  readonly #conn: Connection;
  readonly #out: RecordSink;
  readonly #pending = new HeldMap<number, Pending>(
    ({ row }) => rowWeight(row),
    (pending, number) => this.#forgotten(pending, number),
  );
  /** Replies whose commands were not seen yet. */
  readonly #early = new HeldMap<number, Pending>(
    ({ row }) => rowWeight(row),
    ({ row, from }) => {
      this.#out.forgot("Redis reply");
      this.#out.emit(redisRecord, row, from);
    },
  );
  #commands = 0;
  #replies = 0;
  /** The last command that was written without waiting for its reply any longer. */
  #lastForgotten = 0;
  /** Commands without reply: [first, the first that has one again]. */
  readonly #silent: [begin: number, end: number | null][] = [];
  /** Commands whose answers come like messages. */
  readonly #skipped = new HeldMap<number, true>(() => SKIPPED);
  #isSubscribed = false;
  #isVersion3 = false;

  constructor(conn: Connection, out: RecordSink) {
    this.#conn = conn;
    this.#out = out;
  }

  command(command: Command): void {
    const name = command.words[0]!.toLowerCase();
    if (name === "hello" && command.words[1] === "3") this.#isVersion3 = true;
    if (this.#pending.size > MAX_PENDING) {
      this.#out.weird("Redis_excessive_pipelining");
      this.#out.forgot("Redis pipeline");
      this.lost();
    }
    const number = ++this.#commands;
    if (UNANSWERED.has(name) || OTHERS_KNOWN.has(name)) {
      if (!this.#isVersion3) this.#isSubscribed = SUBSCRIBING.has(name);
      if (UNANSWERED.has(name) || this.#isSubscribed) this.#skipped.set(number, true);
    }
    if (name === "client" && command.count === 3) this.#silence(command.words[2]!.toLowerCase(), number);
    const early = this.#early.get(number);
    this.#early.delete(number);
    const row = rowOf(command);
    if (early === undefined) this.#pending.set(number, { row, from: this.#conn.now });
    else {
      const { success, "reply.value": value } = early.row;
      this.#pending.set(number, { row: { ...row, success, "reply.value": value }, from: early.from });
    }
  }

  reply(reply: Reply): void {
    if (reply.kind === "push") return;
    if (reply.kind === "reply") {
      if (reply.needsVersion3) {
        this.#isVersion3 = true;
        this.#isSubscribed = false;
      }
      if (this.#isSubscribed) return;
    }
    const before = this.#replies;
    this.#replies = this.#nextReply();
    for (let number = before; number < this.#replies; number++) this.#write(number);
    const pending = this.#pending.get(this.#replies);
    if (pending !== undefined) {
      pending.row["reply.value"] = reply.text;
      pending.row.success = reply.kind === "reply";
      const { user } = pending.row;
      if (user !== null && pending.row.success) {
        this.#conn.identity = { user, domain: null, workstation: null, mechanism: "plain" };
      }
      this.#write(this.#replies);
    } else if (this.#replies > this.#lastForgotten) this.#keepEarly(reply);
    if (this.#commands === this.#replies) this.#skipped.clear();
  }

  /** Octets were lost: which reply is whose cannot be told any more for what waits. */
  lost(): void {
    this.#writeAll();
    this.#replies = this.#commands;
    this.#silent.length = 0;
    this.#skipped.clear();
  }

  close(): void {
    // Zeek leaves out connections on which nothing was ever answered.
    if (this.#replies !== 0) this.#writeAll();
  }

  #forgotten({ row, from }: Pending, number: number): void {
    this.#lastForgotten = Math.max(this.#lastForgotten, number);
    this.#out.forgot("Redis command");
    this.#out.emit(redisRecord, row, from, this.#conn.now);
  }

  /** The command of a reply was not seen, or not yet. */
  #keepEarly(reply: Reply): void {
    const oldest = this.#early.keys().next();
    if (this.#early.size >= MAX_EARLY && !oldest.done) this.#writeEarly(oldest.value);
    const row: RedisRow = {
      "cmd.name": null,
      "cmd.key": null,
      "cmd.value": null,
      success: reply.kind === "reply",
      "reply.value": reply.text,
      arguments: null,
      user: null,
      cut_octets: 0,
    };
    this.#early.set(this.#replies, { row, from: this.#conn.now });
  }

  #writeEarly(number: number): void {
    const early = this.#early.get(number);
    if (early === undefined) return;
    this.#early.delete(number);
    this.#out.emit(redisRecord, early.row, early.from);
  }

  #nextReply(): number {
    const next = this.#replies + 1;
    let number = next;
    for (const [begin, end] of this.#silent) if (end !== null && next >= begin && next < end) number = end;
    while (this.#skipped.delete(number)) number++;
    return number;
  }

  /** CLIENT REPLY ON, OFF and SKIP. */
  #silence(mode: string, number: number): void {
    const last = this.#silent.at(-1);
    const isOpen = last !== undefined && last[1] === null;
    if (mode === "on" && isOpen) last[1] = number;
    if (isOpen || (mode !== "off" && mode !== "skip")) return;
    if (this.#silent.length >= MAX_RANGES) this.#silent.shift();
    this.#silent.push([number, mode === "off" ? null : number + 2]);
  }

  #writeAll(): void {
    for (const number of [...this.#pending.keys()]) this.#write(number);
    for (const number of [...this.#early.keys()]) this.#writeEarly(number);
  }

  #write(number: number): void {
    const pending = this.#pending.get(number);
    if (pending === undefined) return;
    this.#pending.delete(number);
    this.#out.emit(redisRecord, pending.row, pending.from, this.#conn.now);
  }
}

function rowOf(command: Command): RedisRow {
  return {
    "cmd.name": command.words[0]!,
    "cmd.key": keyOf(command),
    "cmd.value": valueOf(command),
    success: null,
    "reply.value": null,
    arguments: shownArguments(command),
    user: userOf(command),
    cut_octets: command.cut,
  };
}
