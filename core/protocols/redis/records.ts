import type { RowOf } from "../../records/record-type.ts";
import { recordType } from "../../records/record-type.ts";

const ZEEK = "Zeek base/protocols/redis/main.zeek";

/** Most octets of one key, value or argument, and most of a reply, that a record keeps. */
export const VALUE_OCTETS = 4096;

/** One Redis command with its reply. */
export const redisRecord = recordType({
  name: "redis",
  text: "One command to a Redis server, with its reply",
  version: 1,
  layout: "connection",
  columns: {
    "cmd.name": {
      kind: "string",
      text: "First word of the command, as sent; unset if only the reply was seen",
      example: "SET",
      source: ZEEK,
    },
    "cmd.key": {
      kind: "string",
      text: "Its key, for the commands of which Zeek knows where it is; at most 4096 octets",
      example: "job:nightly",
    },
    "cmd.value": { kind: "string", text: "Its value, likewise", example: "nas01", source: ZEEK },
    success: { kind: "bool", text: "Whether the server carried it out; unset if it did not answer", source: ZEEK },
    "reply.value": {
      kind: "string",
      text: "The reply as text, lists as [a, b] and maps as {a: b}; at most 4096 octets",
      example: "OK",
      source: ZEEK,
    },
    arguments: {
      kind: "vector[string]",
      own: true,
      text: "Words behind the first one, at most 32; passwords are shown as (hidden)",
      example: "SET,dir,/root/.ssh",
    },
    user: { kind: "string", own: true, text: "User of AUTH or HELLO, default if none was named", example: "default" },
    cut_octets: { kind: "count", own: true, unit: "octets", text: "Octets of its words that were left out" },
  },
});

export type RedisRow = { -readonly [K in keyof RowOf<typeof redisRecord>]: RowOf<typeof redisRecord>[K] };
