import { openCaptures } from "../../core/capture/open.ts";
import { AnalyzerTree } from "../../core/engine/analyzer-tree.ts";
import type { ConnectionHandler, NetConnection } from "../../core/net/connection.ts";
import { PacketDecoder } from "../../core/net/decoder.ts";
import { ConnectionTracker } from "../../core/net/tracker.ts";
import { PROTOCOLS } from "../../core/protocols/index.ts";
import { ChunkedOutput } from "../../core/records/record-output.ts";
import type { Conversation, Piece } from "./conversation.ts";
import { transportsOf } from "./play.ts";

/** Octets of one conversation that are kept. */
const MOST_OCTETS = 16_384;
/** Conversations of one protocol that one capture gives. */
const MOST_OF_A_KIND = 2;

/** The conversations of a capture whose protocol is known: what a fuzzer begins with. */
export async function conversationsOf(path: string): Promise<Conversation[]> {
  const captures = await openCaptures([path]);
  const output = new ChunkedOutput(() => undefined);
  const tree = new AnalyzerTree(PROTOCOLS, output, () => ({
    ts: tracker.now.ts,
    capture: tracker.now.capture,
    frame: tracker.now.frame,
  }));
  const heard = new Heard(tree);
  const tracker: ConnectionTracker = new ConnectionTracker(heard, output);
  const decoder = new PacketDecoder({ verifyChecksums: false });
  try {
    for (let frames = await captures.next(); frames !== null; frames = await captures.next()) {
      tracker.process(decoder.decode(frames), 0, 1);
      captures.release(frames);
    }
    tracker.finish();
  } finally {
    await captures.close();
  }
  return heard.conversations;
}

/** Stands before the analyzers and keeps what they are given. */
class Heard implements ConnectionHandler {
  readonly conversations: Conversation[] = [];
  readonly #tree: AnalyzerTree;
  readonly #said = new Map<NetConnection, { octets: number; readonly pieces: Piece[] }>();
  readonly #kinds = new Map<string, number>();

  constructor(tree: AnalyzerTree) {
    this.#tree = tree;
  }

  opened(): void {}

  data(net: NetConnection, bytes: Uint8Array, start: number, end: number, fromOriginator: boolean): void {
    this.#keep(net, { fromOriginator, bytes: bytes.slice(start, end), gap: 0 });
    this.#tree.data(net, bytes, start, end, fromOriginator);
  }

  gap(net: NetConnection, octets: number, fromOriginator: boolean): void {
    this.#keep(net, { fromOriginator, bytes: null, gap: octets });
    this.#tree.gap(net, octets, fromOriginator);
  }

  closed(net: NetConnection): void {
    this.#tree.closed(net);
    const pieces = this.#said.get(net)?.pieces ?? [];
    this.#said.delete(net);
    for (const service of net.services) {
      const protocol = PROTOCOLS.findIndex(({ name }) => name === service);
      const known = this.#kinds.get(service) ?? 0;
      if (protocol < 0 || known >= MOST_OF_A_KIND) continue;
      this.#kinds.set(service, known + 1);
      const carrier = Math.max(0, transportsOf(PROTOCOLS[protocol]!).indexOf(net.proto));
      this.conversations.push({ protocol, carrier, sawStart: net.sawStart, pieces });
    }
  }

  #keep(net: NetConnection, piece: Piece): void {
    const known = this.#said.get(net) ?? { octets: 0, pieces: [] };
    this.#said.set(net, known);
    if (known.octets > MOST_OCTETS) return;
    known.octets += piece.bytes?.length ?? 0;
    known.pieces.push(piece);
  }
}
