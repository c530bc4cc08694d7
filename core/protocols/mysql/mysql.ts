import type { ByteReader } from "../../bytes/reader.ts";
import type { ProbeHint, Protocol, Verdict } from "../protocol.ts";
import { MysqlAnalyzer } from "./analyzer.ts";
import { HEADER_OCTETS } from "./packets.ts";
import { mysqlRecord } from "./records.ts";
import { MYSQL_WEIRDS } from "./weirds.ts";

/** MySQL and MariaDB. */
export const mysql: Protocol = {
  name: "mysql",
  specs: ["MySQL client/server protocol", "MariaDB client/server protocol"],
  over: ["tcp"],
  ports: [3306],
  probe,
  open: (conn, out) => new MysqlAnalyzer(conn, out),
  records: [mysqlRecord],
  weirds: MYSQL_WEIRDS,
};

const GREETING_MIN = 20;
const GREETING_MAX = 512;
const ERROR = 0xff;
/** Errors that a server sends instead of a greeting: too many connections, host is blocked, host not privileged … */
const EARLY_ERRORS: readonly number[] = [1040, 1129, 1130];

/** The server speaks first: sequence number 0, version 9 or 10, and a version in digits. */
function probe(r: ByteReader, hint: ProbeHint): Verdict {
  if (hint.fromOriginator) return "no";
  if (r.left < HEADER_OCTETS + 4) return r.peekU8(2) <= 0 && r.peekU8(3) <= 0 ? "more" : "no";
  const length = r.peekU32le() & 0xffffff;
  if (r.peekU8(3) !== 0 || length > GREETING_MAX) return "no";
  const version = r.peekU8(4);
  if (version === ERROR) return EARLY_ERRORS.includes(r.peekU8(5) | (r.peekU8(6) << 8)) ? "yes" : "no";
  if ((version !== 9 && version !== 10) || length < GREETING_MIN) return "no";
  const major = r.peekU8(5);
  const second = r.peekU8(6);
  const isDigit = (octet: number): boolean => octet >= 0x30 && octet <= 0x39;
  return isDigit(major) && (isDigit(second) || second === 0x2e) ? "yes" : "no";
}
