import type { ByteReader } from "../../bytes/reader.ts";
import type { Protocol, Verdict } from "../protocol.ts";
import { StratumAnalyzer } from "./analyzer.ts";
import { MAX_MESSAGE, parseStratum } from "./message.ts";
import { stratumRecord } from "./records.ts";

/** The language between miners and their pools: JSON-RPC, a line a message. */
export const stratum: Protocol = {
  name: "stratum",
  specs: ["Stratum mining protocol", "EIP-1571", "Monero stratum (xmrig-proxy, doc/STRATUM.md)"],
  over: ["tcp"],
  ports: [3333, 4444, 5555, 7777, 9999, 14444],
  probe,
  open: (conn, out) => new StratumAnalyzer(conn, out),
  records: [stratumRecord],
  weirds: [],
};

/** A whole line that calls one of the methods; an answer alone could be any JSON-RPC's. */
function probe(r: ByteReader): Verdict {
  if (r.peekU8() !== 0x7b) return "no";
  const text = Buffer.from(r.source.subarray(r.pos, Math.min(r.end, r.pos + MAX_MESSAGE))).toString("latin1");
  const end = text.indexOf("\n");
  if (end < 0) return text.length < MAX_MESSAGE ? "more" : "no";
  return (parseStratum(text.slice(0, end))?.kind ?? null) === null ? "no" : "yes";
}
