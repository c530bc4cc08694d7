import type { ByteReader } from "../../bytes/reader.ts";
import type { ProbeHint, Protocol, Verdict } from "../protocol.ts";
import { NtpAnalyzer } from "./analyzer.ts";
import { MODE, readNtpTimes, versionAndMode } from "./message.ts";
import { ntpControlRecord, ntpPrivateRecord, ntpRecord } from "./records.ts";

const MAX_VERSION = 4;
const TIME_OCTETS = 48;
const CONTROL_OCTETS = 12;
const PRIVATE_OCTETS = 8;
/** Octets of a time message with an authenticator: none, MD5, SHA-1. */
const STRICT_LENGTHS: readonly number[] = [48, 68, 72];
const MAX_STRATUM = 16;
/** 2000-01-01 and 2100-01-01 in ns since 1970: clocks that tell time for anybody are between them. */
const FIRST_PLAUSIBLE = 946_684_800_000_000_000n;
const LAST_PLAUSIBLE = 4_102_444_800_000_000_000n;

function probeNtp(r: ByteReader, hint: ProbeHint): Verdict {
  const first = r.peekU8();
  if (first < 0) return "no";
  const { version, mode } = versionAndMode(first);
  if (version < 1 || version > MAX_VERSION) return "no";
  if (hint.onPort) {
    const needed = mode === MODE.control ? CONTROL_OCTETS : mode === MODE.private ? PRIVATE_OCTETS : TIME_OCTETS;
    return r.left >= needed ? "yes" : "no";
  }
  return isStrictlyTimes(r, mode) ? "yes" : "no";
}

/** Off the port: a client's question or a server's answer whose times make sense. */
function isStrictlyTimes(r: ByteReader, mode: number): boolean {
  if ((mode !== MODE.client && mode !== MODE.server) || !STRICT_LENGTHS.includes(r.left)) return false;
  const poll = r.peekU8(2);
  r.skip(1);
  const times = readNtpTimes(r);
  if (times === null || times.stratum > MAX_STRATUM || poll > 17) return false;
  if (!isPlausible(times.transmit)) return false;
  if (times.reference !== 0n && !isPlausible(times.reference)) return false;
  if (mode === MODE.client) return times.origin === 0n || isPlausible(times.origin);
  return times.origin !== 0n && isPlausible(times.receive) && times.receive <= times.transmit;
}

function isPlausible(ns: bigint): boolean {
  return ns >= FIRST_PLAUSIBLE && ns < LAST_PLAUSIBLE;
}

/** The Network Time Protocol with its control and private messages. */
export const ntp: Protocol = {
  name: "ntp",
  specs: ["RFC 5905", "RFC 7822", "RFC 9327"],
  over: ["udp"],
  ports: [123],
  probe: probeNtp,
  open: (conn, out) => new NtpAnalyzer(conn, out),
  records: [ntpRecord, ntpControlRecord, ntpPrivateRecord],
  weirds: ["ntp_truncated"],
};
