import { describe, expect, it } from "vitest";
import type { NetConnection } from "../net/connection.ts";
import type { Moment } from "../protocols/protocol.ts";
import { UnrecognisedStreams } from "./unrecognised-streams.ts";

const at = (frame: number): Moment => ({ ts: BigInt(frame), capture: 1, frame });
const net = (proto: "tcp" | "udp", services: string[] = []): NetConnection =>
  ({ proto, services, nextRecord: 1 }) as unknown as NetConnection;

/** What is written of one connection whose sides begin so. */
function written(
  connection: NetConnection,
  ...heads: readonly [fromOriginator: boolean, octets: Uint8Array][]
): object[] {
  const rows: object[] = [];
  const output = { write: (_type: unknown, _net: unknown, _n: unknown, row: object) => rows.push(row) };
  const streams = new UnrecognisedStreams(output);
  heads.forEach(([fromOriginator, octets], i) => streams.head(connection, octets, fromOriginator, at(i + 1)));
  streams.closed(connection);
  streams.closed(connection);
  return rows;
}

describe("streams that nobody recognised", () => {
  it("are told once, with text as text and ciphertext as what it looks like", () => {
    const sealed = Uint8Array.from({ length: 400 }, (_, i) => (i * 167 + (i >> 3) * 91) & 0xff);
    const [row] = written(net("tcp"), [true, Buffer.from("id\n")], [false, sealed]);
    expect(row).toMatchObject({ orig_head: "id\\x0a", orig_printable: 1, orig_looked: 3, resp_looked: 256 });
    expect(row).toHaveProperty("resp_entropy", expect.any(Number));
    expect((row as { resp_entropy: number }).resp_entropy).toBeGreaterThan(6.5);
  });

  it("take the longer beginning as it grows, and leave an unheard side unset", () => {
    const [row] = written(net("tcp"), [true, Buffer.from("wh")], [true, Buffer.from("whoami")]);
    expect(row).toMatchObject({ orig_head: "whoami", resp_head: null, resp_entropy: null, resp_looked: 0 });
  });

  it("are none if a service was recognised, or over UDP", () => {
    expect(written(net("tcp", ["http"]), [true, Buffer.from("x")])).toEqual([]);
    expect(written(net("udp"), [true, Buffer.from("x")])).toEqual([]);
  });

  it("are told as they stand while they are open, and without anything once a protocol took them", () => {
    const kept: object[] = [];
    const told: [n: number, head: unknown][] = [];
    const output = { write: (_type: unknown, _net: unknown, _n: unknown, row: object) => kept.push(row) };
    const open = {
      write: (_type: unknown, _net: unknown, n: number, row: object) =>
        told.push([n, (row as { orig_head: unknown }).orig_head]),
    };
    const streams = new UnrecognisedStreams(output);
    const [shell, greeting] = [net("tcp"), net("tcp")];
    const tell = () => [shell, greeting].forEach((each) => streams.tellOpen(each, open));
    tell();
    streams.head(shell, Buffer.from("$ "), true, at(1));
    streams.head(greeting, Buffer.from("S"), true, at(2));
    tell();
    streams.head(shell, Buffer.from("$ uid=0"), true, at(3));
    streams.recognised(greeting);
    tell();
    streams.closed(shell);
    tell();
    expect(told).toEqual([
      [1, "$ "],
      [1, "S"],
      [1, "$ uid=0"],
      [1, null],
    ]);
    expect(kept).toMatchObject([{ orig_head: "$ uid=0" }]);
  });
});
