import type { ByteReader } from "../../bytes/reader.ts";
import type { Analyzer, Connection, ProbeHint, Protocol, Verdict } from "../protocol.ts";

const SYN = 0x0001;
const ACK = 0x0004;
/** Flags of [MS-RDPEUDP] 2.2.2.1; others are not defined. */
const KNOWN_FLAGS = 0x1fff;
const NOTHING_RECEIVED = 0xffffffff;
/** A SYN is padded to the size that the path is tried with. [MS-RDPEUDP] 3.1.5.1.1 */
const MIN_SYN = 1132;
const MAX_SYN = 1232;

/** Remote desktop over UDP: told by its first datagrams; what follows is TLS or DTLS inside its own reliable transport. */
export const rdpeudp: Protocol = {
  name: "rdpeudp",
  specs: ["MS-RDPEUDP", "MS-RDPEUDP2"],
  over: ["udp"],
  ports: [3389],
  probe,
  open: (conn) => new RdpeudpAnalyzer(conn),
  records: [],
  weirds: [],
};

function probe(r: ByteReader, hint: ProbeHint): Verdict {
  return hint.fromOriginator && isSyn(r) ? "yes" : "no";
}

function isSyn(r: ByteReader): boolean {
  const flags = r.peekU16be(6);
  return (
    r.left >= MIN_SYN &&
    r.left <= MAX_SYN &&
    r.peekU32be() === NOTHING_RECEIVED &&
    (flags & SYN) !== 0 &&
    (flags & ACK) === 0 &&
    flags <= KNOWN_FLAGS
  );
}

/** Waits for the server's answer to the first datagram, as Zeek's analyzer does before it names the connection. */
class RdpeudpAnalyzer implements Analyzer {
  readonly #conn: Connection;
  #isAnswered = false;

  constructor(conn: Connection) {
    this.#conn = conn;
  }

  data(r: ByteReader, fromOriginator: boolean): void {
    if (this.#isAnswered) {
      this.#conn.seal(r.left);
      return;
    }
    if (fromOriginator) return;
    const flags = r.peekU16be(6);
    if (flags < 0 || (flags & (SYN | ACK)) === 0) return;
    this.#isAnswered = true;
    this.#conn.confirm();
  }

  gap(): void {}

  close(): void {}
}
