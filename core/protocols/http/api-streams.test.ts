import { describe, expect, it } from "vitest";
import { Trial } from "../../../test/analyzer-harness.ts";
import { http2 } from "../http2/http2.ts";
import { FRAME, PREFACE } from "../http2/frames.ts";
import { http } from "./http.ts";

const SOAP = "application/soap+xml;charset=UTF-8";

function facts(trial: Trial, stream = 0): string[] {
  return trial.inner[stream]!.facts.map((fact) => {
    switch (fact.kind) {
      case "http-message":
        return `${fact.exchange} ${fact.isRequest ? `${fact.method} ${fact.target} ${fact.host}` : fact.status} ${[...fact.headers].join(" ")}`;
      case "http-message-end":
        return `${fact.exchange} ${fact.isRequest ? "request" : "response"} ${fact.isComplete ? "ends" : "is cut off"}`;
      case "http-turn":
        return `now ${fact.exchange}`;
      case "auth-result":
        return "auth";
    }
  });
}

describe("messages of an API", () => {
  it("go to its stream, other messages of the connection do not", () => {
    const trial = new Trial(http, { respP: 80 });
    trial.send(true, "GET /favicon.ico HTTP/1.1\r\nHost: h\r\n\r\n");
    trial.send(false, "HTTP/1.1 404 No\r\nContent-Length: 3\r\n\r\nno.");
    trial.send(
      true,
      `POST /a%20b HTTP/1.1\r\nHost: h\r\nContent-Type: ${SOAP}\r\nX-One: 1\r\nVary: x\r\nContent-Length: 4\r\n\r\nbody`,
    );
    trial.send(false, "HTTP/1.1 100 Continue\r\n\r\n");
    trial.send(false, "HTTP/1.1 200 OK\r\nServer: s\r\nContent-Length: 9\r\n\r\nans");
    trial.close();
    expect(trial.inner.length).toBe(1);
    expect(facts(trial)).toEqual([
      "2 POST /a%20b h x-one,1 content-length,4",
      "2 request ends",
      "2 100 ",
      "2 response ends",
      "2 200 server,s content-length,9",
      "2 response is cut off",
    ]);
    const octets = trial.inner[0]!.parts.map(({ bytes }) => Buffer.from(bytes).toString()).join("");
    expect(octets).toBe("bodyans");
  });

  it("of HTTP/2 say whose turn it is", () => {
    const trial = new Trial(http2);
    const frame = (type: number, flags: number, stream: number, payload: Buffer): Buffer => {
      const head = Buffer.alloc(9);
      head.writeUIntBE(payload.length, 0, 3);
      head[3] = type;
      head[4] = flags;
      head.writeUInt32BE(stream, 5);
      return Buffer.concat([head, payload]);
    };
    const literal = (name: string, value: string): Buffer =>
      Buffer.concat([
        Buffer.from([0, name.length]),
        Buffer.from(name),
        Buffer.from([value.length]),
        Buffer.from(value),
      ]);
    const head = (path: string): Buffer =>
      Buffer.concat([
        literal(":method", "POST"),
        literal(":path", path),
        literal(":authority", "h"),
        literal("content-type", SOAP),
      ]);
    const END_HEADERS = 4;
    const END_STREAM = 1;
    trial.send(true, PREFACE);
    trial.send(true, frame(FRAME.headers, END_HEADERS, 1, head("/1")));
    trial.send(true, frame(FRAME.headers, END_HEADERS, 3, head("/3")));
    trial.send(true, frame(FRAME.data, 0, 1, Buffer.from("one")));
    trial.send(true, frame(FRAME.data, END_STREAM, 3, Buffer.from("three")));
    trial.send(false, frame(FRAME.headers, END_HEADERS | END_STREAM, 3, Buffer.concat([literal(":status", "403")])));
    trial.close();
    expect(facts(trial)).toEqual([
      "1 POST /1 h ",
      "2 POST /3 h ",
      "now 1",
      "now 2",
      "2 request ends",
      "2 403 ",
      "2 response ends",
      "1 request is cut off",
    ]);
  });
});
