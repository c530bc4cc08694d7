import { AnalyzerTree } from "../../core/engine/analyzer-tree.ts";
import type { NetConnection, Transport } from "../../core/net/connection.ts";
import { PROTOCOLS } from "../../core/protocols/index.ts";
import type { Protocol } from "../../core/protocols/protocol.ts";
import { ChunkedOutput } from "../../core/records/record-output.ts";
import { netConnection } from "../net-connection.ts";
import type { Conversation } from "./conversation.ts";

const START = 1_700_000_000_000_000_000n;
const MILLISECOND = 1_000_000n;
/** Rows of one conversation beyond which something multiplies them. */
const MOST_ROWS = 200_000;

/** The protocol's transports that a connection can have. */
export function transportsOf({ over }: Protocol): readonly Transport[] {
  const found = over.filter((carrier): carrier is "tcp" | "udp" => carrier === "tcp" || carrier === "udp");
  return found.length === 0 ? ["tcp"] : found;
}

/** Feeds a conversation to its analyzer. @returns what went wrong, null if nothing did. */
export function play(conversation: Conversation): string | null {
  const protocol = PROTOCOLS[conversation.protocol % PROTOCOLS.length]!;
  const transports = transportsOf(protocol);
  const net = connectionOf(protocol, transports[conversation.carrier % transports.length]!, conversation.sawStart);
  let rows = 0;
  let moment = { ts: START, capture: 1, frame: 1 };
  const output = new ChunkedOutput((chunk) => void (rows += chunk.rows));
  const tree = new AnalyzerTree(PROTOCOLS, output, () => moment);
  // Not by its first octets: most inputs would fit no protocol.
  // As of a stream: what is announced between two hosts is not asked for where many share a conversation (DHCP).
  tree.expect({ ...net, proto: "tcp" }, net.respH, net.respP, protocol.name);
  for (const { fromOriginator, bytes, gap } of conversation.pieces) {
    if (!net.wantsPayload) break;
    moment = { ts: moment.ts + MILLISECOND, capture: 1, frame: moment.frame + 1 };
    if (bytes === null) tree.gap(net, gap, fromOriginator);
    else tree.data(net, bytes, 0, bytes.length, fromOriginator);
  }
  tree.closed(net);
  tree.files.finish();
  output.flush();
  const [failure] = tree.failures;
  if (failure !== undefined) return `the ${failure.protocol} analyzer threw: ${failure.message}`;
  return rows > MOST_ROWS ? `${rows} rows of the ${protocol.name} analyzer` : null;
}

function connectionOf(protocol: Protocol, proto: Transport, sawStart: boolean): NetConnection {
  const start = { ts: START, capture: 1, frame: 1 };
  return netConnection({ uid: "CFuzz0000001", proto, respP: protocol.ports[0] ?? 4000, start, sawStart });
}
