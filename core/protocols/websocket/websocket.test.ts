import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Trial, hex, probe } from "../../../test/analyzer-harness.ts";
import { http } from "../http/http.ts";
import { acceptFor, addHeader, leaveHandshake, newHandshake } from "./handshake.ts";
import { websocket } from "./websocket.ts";

/** "Hello" masked and not, and a ping, of RFC 6455 5.7. */
const MASKED = hex("8185 37fa213d 7f9f4d5158");
const CLEAR = hex("8105 48656c6c6f");
const PING = hex("8905 48656c6c6f");

describe("frames", () => {
  it("gives the payload of data frames, however the octets are cut", () => {
    const long = Buffer.concat([hex("827e0100"), Buffer.alloc(256, 0x61)]);
    for (const size of [1, 3, 1000]) {
      const trial = new Trial(websocket, {});
      trial.sendInPieces(true, Buffer.concat([MASKED, PING, MASKED]), size);
      trial.sendInPieces(false, Buffer.concat([CLEAR, long]), size);
      trial.close();
      const text = (side: boolean) =>
        Buffer.concat(
          trial.inner[0]!.parts.filter((part) => part.fromOriginator === side).map((part) => part.bytes),
        ).toString();
      expect(text(true)).toBe("HelloHello");
      expect(text(false)).toBe("Hello" + "a".repeat(256));
    }
  });

  it("is only what HTTP changed to", () => {
    expect(probe(websocket, CLEAR)).toBe("no");
    expect(probe(websocket, CLEAR, { pipe: "websocket" })).toBe("yes");
  });

  it("never throws", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), fc.boolean(), fc.uint8Array({ maxLength: 40 }))), (pieces) => {
        const trial = new Trial(websocket, {});
        for (const [isGap, side, octets] of pieces) {
          if (isGap) trial.gap(octets.length, side);
          else trial.send(side, octets);
        }
        trial.close();
      }),
    );
  });
});

describe("the handshake", () => {
  const KEY = "dGhlIHNhbXBsZSBub25jZQ==";

  it("gives its record, by what HTTP left for it", () => {
    const trial = new Trial(http);
    trial.send(
      true,
      "GET /chat HTTP/1.1\r\nHost: server.example.com\r\nUser-Agent: probe\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
        `Sec-WebSocket-Key: ${KEY}\r\nSec-WebSocket-Protocol: chat, superchat\r\nSec-WebSocket-Version: 13\r\n\r\n`,
    );
    trial.send(
      false,
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
        `Sec-WebSocket-Accept: ${acceptFor(KEY)}\r\nSec-WebSocket-Protocol: chat\r\n\r\n`,
    );
    expect(trial.inner.map(({ carrier, name }) => [carrier, name])).toEqual([["tcp", "websocket"]]);
    const inside = new Trial(websocket, { pair: trial.conn.pair });
    expect(inside.weirds).toEqual([]);
    expect(inside.table("websocket")).toEqual([
      {
        host: "server.example.com",
        uri: "/chat",
        user_agent: "probe",
        subprotocol: "chat",
        client_protocols: ["chat", "superchat"],
        server_extensions: null,
        client_extensions: null,
      },
    ]);
    expect(trial.conn.pair.size).toBe(0);
  });

  it("is checked as Zeek does", () => {
    // RFC 6455 1.3
    expect(acceptFor(KEY)).toBe("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    const pair = new Map<string, unknown>();
    const trial = new Trial(websocket, { pair });
    expect(trial.weirds).toEqual([
      "websocket_established_unexpected",
      "websocket_missing_key_header",
      "websocket_missing_accept_header",
    ]);
    const handshake = newHandshake();
    addHeader(handshake, "sec-websocket-key", KEY, true);
    addHeader(handshake, "sec-websocket-accept", "wrong", false);
    leaveHandshake(trial.conn, handshake);
    expect(new Trial(websocket, { pair }).weirds).toEqual([
      `websocket_wrong_accept_header: expected=${acceptFor(KEY)}, found=wrong`,
    ]);
  });
});

describe("compressed messages", () => {
  /** RFC 7692 7.2.3.1 and 7.2.3.2: "Hello" twice, the second time by reference to the first; 7.2.3.4: in two fragments. */
  const HELLO = hex("c1 07 f2 48 cd c9 c9 07 00");
  const AGAIN = hex("c1 05 f2 00 11 00 00");
  const FRAGMENTS = hex("41 03 f2 48 cd 80 04 c9 c9 07 00");

  function opened(extension: string): Trial {
    const pair = new Map<string, unknown>();
    const handshake = newHandshake();
    addHeader(handshake, "sec-websocket-extensions", extension, false);
    leaveHandshake(new Trial(websocket, { pair }).conn, handshake);
    return new Trial(websocket, { pair });
  }

  const textOf = (trial: Trial): string => Buffer.concat(trial.inner[0]!.parts.map((part) => part.bytes)).toString();

  it("are unpacked, however the octets are cut", () => {
    for (const size of [1, 4, 100]) {
      const trial = opened("permessage-deflate");
      trial.sendInPieces(false, Buffer.concat([HELLO, AGAIN, CLEAR, FRAGMENTS]), size);
      expect(textOf(trial)).toBe("HelloHelloHelloHello");
    }
  });

  it("are given up where one cannot be unpacked", () => {
    const alone = opened("permessage-deflate; server_no_context_takeover");
    alone.send(false, Buffer.concat([HELLO, AGAIN]));
    expect(textOf(alone)).toBe("Hello");
    expect(alone.weirds).toContain("websocket_bad_compression");
    const not = opened("x-other");
    not.send(false, HELLO);
    expect(not.inner[0]!.parts).toEqual([]);
  });

  it("may be anything", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 30 })), (messages) => {
        const trial = opened("permessage-deflate");
        for (const message of messages)
          trial.send(false, Buffer.concat([hex("c1"), Buffer.from([message.length]), message]));
        trial.close();
      }),
    );
  });
});
