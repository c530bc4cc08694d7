import type { ByteReader } from "../../bytes/reader.ts";
import { HTTP_RECORD } from "../http/records.ts";
import type { Protocol, Verdict } from "../protocol.ts";
import { Http2Analyzer } from "./exchange.ts";
import { FRAME, FRAME_HEADER, PREFACE } from "./frames.ts";
import { HTTP2_WEIRDS } from "./weirds.ts";

/** Most settings that a server begins with. */
const MAX_SETTINGS = 64;
const SETTING_OCTETS = 6;

/**
 * The preface of a client. A server may send its settings first: they could be other things too, so the client's octets decide.
 */
function probeHttp2(r: ByteReader): Verdict {
  const first = Math.min(r.left, PREFACE.length);
  if (r.startsWith(PREFACE.slice(0, first))) return first === PREFACE.length ? "yes" : "more";
  if (r.left < FRAME_HEADER) return r.peekU8() === 0 ? "more" : "no";
  const length = r.peekU32be() >>> 8;
  const isSettings = r.peekU8(3) === FRAME.settings && r.peekU8(4) === 0 && r.peekU32be(5) === 0;
  return isSettings && length % SETTING_OCTETS === 0 && length <= MAX_SETTINGS * SETTING_OCTETS ? "more" : "no";
}

/** HTTP/2, in clear and inside TLS. */
export const http2: Protocol = {
  name: "http2",
  specs: ["RFC 9113", "RFC 7541", "RFC 8441"],
  over: ["tcp"],
  ports: [],
  probe: probeHttp2,
  open: (conn, out) => new Http2Analyzer(conn, out),
  records: [HTTP_RECORD],
  weirds: HTTP2_WEIRDS,
};
