import { describe, expect, it } from "vitest";
import type { NetConnection } from "../net/connection.ts";
import { PROTOCOLS } from "../protocols/index.ts";
import type { RecordOutput } from "../records/record-output.ts";
import { AnalyzerTree } from "./analyzer-tree.ts";

/** Feeds segments to all protocols; gives the connection's services and the names of the tables written. */
function services(...segments: readonly [fromOriginator: boolean, text: string][]): {
  names: string[];
  tables: string[];
} {
  const tables: string[] = [];
  const output = { write: (type: { name: string }) => void tables.push(type.name) } as unknown as RecordOutput;
  const moment = { ts: 0n, capture: 1, frame: 1 };
  const tree = new AnalyzerTree(PROTOCOLS, output, () => moment);
  const connection: NetConnection = {
    uid: "C1",
    proto: "tcp",
    origH: "10.0.0.1",
    origP: 50000,
    respH: "10.0.0.2",
    respP: 8022,
    start: moment,
    sawStart: true,
    nextRecord: 1,
    state: null,
    services: [],
    skipped: 0,
    sealed: 0,
    wantsPayload: true,
    flip: () => undefined,
    noteLimit: () => undefined,
  };
  for (const [fromOriginator, text] of segments) {
    const bytes = Buffer.from(text, "latin1");
    tree.data(connection, bytes, 0, bytes.length, fromOriginator);
  }
  tree.closed(connection);
  return { names: connection.services, tables };
}

const REQUEST = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
const RESPONSE = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

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
