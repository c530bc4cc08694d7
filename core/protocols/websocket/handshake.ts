import { createHash } from "node:crypto";
import type { Connection } from "../protocol.ts";

/** What the client's key is hashed with. RFC 6455 1.3 */
const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
/** Most values of one header that are kept. */
const MAX_VALUES = 100;

/** What the HTTP messages that opened a WebSocket say of it. */
export interface WebSocketHandshake {
  host: string | null;
  uri: string | null;
  userAgent: string | null;
  readonly clientProtocols: string[];
  readonly clientExtensions: string[];
  readonly serverProtocols: string[];
  readonly serverExtensions: string[];
  readonly keys: string[];
  readonly accepts: string[];
  /** Opened by HTTP/2, which needs no key. RFC 8441 */
  isHttp2: boolean;
  /** There was a header of WebSocket's at all. */
  sawHeader: boolean;
}

export function newHandshake(): WebSocketHandshake {
  return {
    host: null,
    uri: null,
    userAgent: null,
    clientProtocols: [],
    clientExtensions: [],
    serverProtocols: [],
    serverExtensions: [],
    keys: [],
    accepts: [],
    isHttp2: false,
    sawHeader: false,
  };
}

/** Takes a header into a handshake if it is one of WebSocket's. @param name In lower case. */
export function addHeader(handshake: WebSocketHandshake, name: string, value: string, isClient: boolean): void {
  if (!name.startsWith("sec-websocket-")) return;
  handshake.sawHeader = true;
  switch (name) {
    case "sec-websocket-protocol":
      if (isClient) keep(handshake.clientProtocols, listOf(value));
      else keep(handshake.serverProtocols, [value]);
      break;
    case "sec-websocket-extensions":
      keep(isClient ? handshake.clientExtensions : handshake.serverExtensions, listOf(value));
      break;
    case "sec-websocket-key":
      if (isClient) keep(handshake.keys, [value]);
      break;
    case "sec-websocket-accept":
      if (!isClient) keep(handshake.accepts, [value]);
      break;
  }
}

/** What a server must answer to a key. */
export function acceptFor(key: string): string {
  return createHash("sha1")
    .update(key + GUID, "latin1")
    .digest("base64");
}

/** Leaves a handshake for the analyzer of the stream that it opens. */
export function leaveHandshake(conn: Connection, handshake: WebSocketHandshake): void {
  conn.pair.set(keyOf(conn), handshake);
}

/** Takes it, null if there is none. */
export function takeHandshake(conn: Connection): WebSocketHandshake | null {
  const handshake = conn.pair.get(keyOf(conn)) as WebSocketHandshake | undefined;
  conn.pair.delete(keyOf(conn));
  return handshake ?? null;
}

function keyOf(conn: Connection): string {
  return `websocket ${conn.uid}`;
}

function keep(values: string[], more: readonly string[]): void {
  for (const value of more) if (values.length < MAX_VALUES) values.push(value);
}

/** By Zeek's rule: commas with the blanks around them. */
function listOf(value: string): string[] {
  return value.split(/(?<! ) *, */);
}
