import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { Trial } from "../../test/analyzer-harness.ts";
import { readXml } from "../bytes/xml.ts";
import { shardOf } from "../net/packet-batch.ts";
import { PairHash } from "../net/pair-hash.ts";
import type { CarriedFile } from "./carried-file.ts";
import { PROTOCOLS } from "./index.ts";

const named = (name: string) => PROTOCOLS.find((protocol) => protocol.name === name)!;

describe("what is made to cost more than it weighs", () => {
  it("a gzip bomb in a response gives nothing beyond its bound", () => {
    let octets = 0;
    const file = {
      fuid: "F1",
      isNewHere: true,
      mimeType: null,
      wants: true,
      data: (_: Uint8Array, start: number, end: number) => void (octets += end - start),
      ...Object.fromEntries(
        ["name", "total", "seek", "gap", "skipped", "refused", "close"].map((key) => [key, () => undefined]),
      ),
      content: () => null,
    } as unknown as CarriedFile;
    const trial = new Trial(named("http"), { respP: 80, file: () => file });
    const bomb = gzipSync(Buffer.alloc(48 << 20));
    trial.send(true, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    trial.send(false, `HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: ${bomb.length}\r\n\r\n`);
    trial.sendInPieces(false, bomb, 1400);
    trial.close();
    expect(octets).toBeLessThanOrEqual(16 << 20);
    expect(trial.table("http")).toMatchObject([{ status_code: 200 }]);
  });

  it("a megabyte of small bombs gives in proportion to what it weighs, and the coverage tells of them", () => {
    let octets = 0;
    const file = {
      wants: true,
      data: (_: Uint8Array, start: number, end: number) => void (octets += end - start),
      skipped: () => undefined,
      close: () => undefined,
    } as unknown as CarriedFile;
    const trial = new Trial(named("http"), { respP: 80, file: () => file });
    const bomb = gzipSync(Buffer.alloc(8 << 20));
    const head = `HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: ${bomb.length}\r\n\r\n`;
    const bombs = Math.floor((1 << 20) / (bomb.length + head.length));
    for (let i = 0; i < bombs; i++) {
      trial.send(true, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
      trial.send(false, Buffer.concat([Buffer.from(head), bomb]));
    }
    trial.close();
    expect(bombs).toBeGreaterThan(100);
    expect(octets).toBeLessThan(110 << 20);
    expect(trial.forgotten.get("compressed HTTP body")).toBe(bombs);
    expect(trial.table("http")).toHaveLength(bombs);
  });

  it("XML of a hundred thousand elements inside each other ends at its depth", () => {
    let opened = 0;
    readXml("<a>".repeat(100_000), { open: () => void opened++ });
    expect(opened).toBe(128);
    // entities that would expand to others are no entities here
    let text = "";
    readXml('<!DOCTYPE a [<!ENTITY b "bbbb">]><a>&b;&b;</a>', { close: (_, own) => void (text += own) });
    expect(text).toBe("&b;&b;");
  });

  it("a DNS name whose pointers lead in a circle, or through all of the message, is given up", () => {
    for (const name of [Uint8Array.of(0xc0, 12), Uint8Array.of(1, 0x61, 0xc0, 12), Uint8Array.of(0xc0, 14, 0xc0, 12)]) {
      const trial = new Trial(named("dns"), { carrier: "udp", respP: 53 });
      const head = Uint8Array.of(0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0);
      trial.send(true, Buffer.concat([head, name, Uint8Array.of(0, 1, 0, 1)]));
      trial.close();
      const query = trial.table("dns")[0]?.["query"];
      expect(typeof query === "string" ? query.length : 0).toBeLessThanOrEqual(512);
    }
  });

  it("addresses that crowd one worker under one key are spread under another", () => {
    const known = new PairHash([1, 2]);
    const server = 0x0a000001;
    const crowd: number[] = [];
    for (let client = 0x0b000000; crowd.length < 400; client++)
      if (shardOf(known.ofWords(client, server), 4) === 0) crowd.push(client);
    const other = new PairHash([3, 4]);
    const counts = [0, 0, 0, 0];
    for (const client of crowd) counts[shardOf(other.ofWords(client, server), 4)]!++;
    for (const count of counts) expect(count).toBeGreaterThan(60);
  });
});
