import type { ByteReader } from "../../bytes/reader.ts";
import type { ProbeHint, Protocol, Verdict } from "../protocol.ts";
import { RedisAnalyzer } from "./analyzer.ts";
import { redisRecord } from "./records.ts";
import { REDIS_WEIRDS } from "./weirds.ts";

/** Redis, RESP2 and RESP3. */
export const redis: Protocol = {
  name: "redis",
  specs: ["Redis serialization protocol specification"],
  over: ["tcp"],
  ports: [6379],
  probe,
  open: (conn, out) => new RedisAnalyzer(conn, out),
  records: [redisRecord],
  weirds: REDIS_WEIRDS,
};

/** Answers that only Redis gives. */
const ANSWERS = ["-NOAUTH ", "-WRONGPASS ", "-DENIED Redis", "+PONG\r\n"];
/** A command written by hand on Redis' own port: a word and perhaps more, and not a web request. */
const BY_HAND = /^[A-Za-z][A-Za-z0-9_.]*(?: (?!.* HTTP\/\d)[^\r\n]*)?\r?\n/u;
const BEGINS_BY_HAND = /^[A-Za-z][A-Za-z0-9_.]*(?: [^\r\n]*)?\r?$/u;
/** Longest line that is waited for. */
const MAX_LINE = 1024;
/** Most digits of the number of words. */
const MAX_DIGITS = 7;

/** A client's command: "*", a number, and a string of letters. */
function probe(r: ByteReader, hint: ProbeHint): Verdict {
  if (!hint.fromOriginator) return startsWithOne(r, ANSWERS);
  if (r.peekU8() === 0x2a) return probeArray(r);
  return hint.onPort ? probeLine(r) : "no";
}

function probeLine(r: ByteReader): Verdict {
  const there = r.source.subarray(r.pos, Math.min(r.end, r.pos + MAX_LINE));
  const text = Buffer.from(there).toString("latin1");
  if (BY_HAND.test(text)) return "yes";
  return text.length < MAX_LINE && BEGINS_BY_HAND.test(text) ? "more" : "no";
}

function probeArray(r: ByteReader): Verdict {
  let at = 1;
  for (const mark of [0x24, 0]) {
    const first = at;
    while (r.peekU8(at) >= 0x30 && r.peekU8(at) <= 0x39) at++;
    if (at - first > MAX_DIGITS) return "no";
    if (r.peekU8(at) < 0) return "more";
    if (at === first || r.peekU8(at) !== 0x0d) return "no";
    if (r.peekU8(at + 1) < 0 || r.peekU8(at + 2) < 0) return "more";
    if (r.peekU8(at + 1) !== 0x0a || (mark !== 0 && r.peekU8(at + 2) !== mark)) return "no";
    at += mark === 0 ? 2 : 3;
  }
  const letter = r.peekU8(at) | 0x20;
  return letter >= 0x61 && letter <= 0x7a ? "yes" : "no";
}

function startsWithOne(r: ByteReader, texts: readonly string[]): Verdict {
  const there = r.source.subarray(r.pos, Math.min(r.end, r.pos + 16));
  const text = Buffer.from(there).toString("latin1").toUpperCase();
  if (texts.some((start) => text.startsWith(start.toUpperCase()))) return "yes";
  return texts.some((start) => start.toUpperCase().startsWith(text)) ? "more" : "no";
}
