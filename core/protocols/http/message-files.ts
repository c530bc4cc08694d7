import type { Connection, RecordSink } from "../protocol.ts";
import { BodyMeter } from "./body.ts";
import type { FramingHeaders } from "./framing-headers.ts";
import type { Transaction } from "./transaction.ts";

const TOO_DENSE = "compressed HTTP body";

/**
 * Takes a request's body; what it carries becomes files of the connection.
 * @param isFlipped The side that sends responses opened the connection.
 */
export function requestMeter(
  conn: Connection,
  out: RecordSink,
  framing: FramingHeaders,
  isFlipped: boolean,
): BodyMeter {
  return new BodyMeter(
    framing.bodyFacts,
    (facts) => conn.file({ source: "HTTP", isOrig: !isFlipped, ...facts }),
    () => out.forgot(TOO_DENSE),
  );
}

/**
 * Takes a response's body. What a client asks for in ranges is one file, whichever responses bring it.
 * Zeek base/protocols/http/files.zeek
 */
export function responseMeter(
  conn: Connection,
  out: RecordSink,
  framing: FramingHeaders,
  isFlipped: boolean,
  transaction: Transaction,
): BodyMeter {
  const { host, uri } = transaction.row;
  const key = transaction.asksRange ? { key: `${isFlipped ? 1 : 0} ${host ?? ""}${uri ?? ""}` } : {};
  return new BodyMeter(
    framing.bodyFacts,
    (facts) => conn.file({ source: "HTTP", isOrig: isFlipped, ...key, ...facts }),
    () => out.forgot(TOO_DENSE),
  );
}
