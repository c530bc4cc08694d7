import { describe, expect, it } from "vitest";
import { netConnection } from "../../test/net-connection.ts";
import type { NetConnection } from "../net/connection.ts";
import { PROTOCOLS } from "../protocols/index.ts";
import type { RecordOutput } from "../records/record-output.ts";
import { AnalyzerTree } from "./analyzer-tree.ts";
import { limitSentences } from "./limits.ts";

const moment = { ts: 0n, capture: 1, frame: 1 };

const connectionOf = (uid: string, respP: number): NetConnection => netConnection({ uid, respP, start: moment });

/** Feeds segments to all protocols; gives the connection's services and the names of the tables written. */
function services(...segments: readonly [fromOriginator: boolean, text: string][]): {
  names: readonly string[];
  tables: string[];
} {
  const tables: string[] = [];
  const output = { write: (type: { name: string }) => void tables.push(type.name) } as unknown as RecordOutput;
  const tree = new AnalyzerTree(PROTOCOLS, output, () => moment);
  const connection = connectionOf("C1", 8022);
  for (const [fromOriginator, text] of segments) {
    const bytes = Buffer.from(text, "latin1");
    tree.data(connection, bytes, 0, bytes.length, fromOriginator);
  }
  tree.closed(connection);
  return { names: connection.services, tables };
}

const REQUEST = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
const RESPONSE = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

describe("what idle connections take", () => {
  const open = (tree: AnalyzerTree, connection: NetConnection): void =>
    tree.data(connection, Buffer.from(REQUEST), 0, REQUEST.length, true);

  it("is nothing for hosts that share nothing", () => {
    const output = { write: () => undefined } as unknown as RecordOutput;
    const tree = new AnalyzerTree(PROTOCOLS, output, () => moment);
    const connection = connectionOf("C1", 80);
    open(tree, connection);
    expect(connection.services).toEqual(["http"]);
    expect(tree.hasPair(connection)).toBe(false);
    tree.expect(connection, connection.respH, 5000, "http");
    expect(tree.hasPair(connection)).toBe(true);
  });

  it("is no text once their analysis was ended early", () => {
    const output = { write: () => undefined } as unknown as RecordOutput;
    const tree = new AnalyzerTree(PROTOCOLS, output, () => moment, 1);
    let rested = 0;
    const first = { ...connectionOf("C1", 80), rest: () => void rested++ };
    const second = connectionOf("C2", 80);
    open(tree, first);
    first.services = [];
    expect(rested).toBe(0);
    open(tree, second);
    open(tree, connectionOf("C3", 80));
    expect(rested).toBe(1);
  });
});

describe("services of a connection", () => {
  it("are named by what both sides say", () => {
    expect(services([true, REQUEST], [false, RESPONSE])).toEqual({ names: ["http"], tables: ["http"] });
  });

  it("lose a protocol that soon goes wrong", () => {
    const { names, tables } = services([true, REQUEST], [false, "SSH-2.0-OpenSSH_9.6\r\n"]);
    expect(names).toEqual([]);
    expect(tables).toContain("analyzer");
    expect(services([true, REQUEST], [false, RESPONSE], [true, REQUEST], [false, "garbage\r\n"]).names).toEqual([]);
  });

  it("keep a protocol that was spoken long before it went wrong", () => {
    const long = `HTTP/1.1 200 OK\r\nContent-Length: 12000\r\n\r\n${"a".repeat(12_000)}`;
    const { names, tables } = services([true, REQUEST], [false, long], [true, REQUEST], [false, "garbage\r\n"]);
    expect(names).toEqual(["http"]);
    expect(tables).toContain("analyzer");
  });
});

describe("what is under way", () => {
  it("has a bound together: who holds the most is given up and told, others go on", () => {
    const output = { write: () => undefined } as unknown as RecordOutput;
    const tree = new AnalyzerTree(PROTOCOLS, output, () => moment, undefined, undefined, undefined, 150_000);
    // A bind request of a megabyte that goes on and on. RFC 4511 4.2
    const head = Buffer.from("30830ffffa02010160830ffff002010304830fffe0", "hex");
    const send = (connection: NetConnection, bytes: Buffer) => tree.data(connection, bytes, 0, bytes.length, true);
    const [small, ...large] = Array.from({ length: 5 }, (_, i) => connectionOf(`C${i}`, 389));
    send(small!, Buffer.concat([head, Buffer.alloc(5000)]));
    for (const connection of large) {
      send(connection, head);
      for (let i = 0; i < 9; i++) {
        send(connection, Buffer.alloc(6000));
        expect(tree.held.octets).toBeLessThanOrEqual(150_000);
      }
    }
    const givenUp = large.filter(({ wantsPayload, state }) => !wantsPayload || (state as { isOver: boolean }).isOver);
    expect(givenUp.length).toBeGreaterThanOrEqual(2);
    expect((small!.state as { isOver: boolean }).isOver).toBe(false);
    expect(limitSentences(Object.fromEntries(tree.forgotten))).toEqual([
      `The rest of ${givenUp.length} streams was not analysed because unfinished messages, open calls and what else was under way took too much memory; those that held the most were given up.`,
    ]);
    for (const connection of [small!, ...large]) tree.closed(connection);
    expect(tree.held.octets).toBe(0);
  });

  it("counts as it grows, and no more once its connection is over", () => {
    const output = { write: () => undefined } as unknown as RecordOutput;
    const tree = new AnalyzerTree(PROTOCOLS, output, () => moment);
    const connection = connectionOf("C1", 389);
    const message = Buffer.concat([Buffer.from("308217700201016082176902010304821762", "hex"), Buffer.alloc(5986)]);
    for (let at = 0; at < message.length; at += 1000) {
      const end = Math.min(message.length, at + 1000);
      tree.data(connection, message, at, end, true);
      expect(tree.held.octets > 0).toBe(end > 1000);
    }
    tree.closed(connection);
    expect(tree.held.octets).toBe(0);
  });
});
