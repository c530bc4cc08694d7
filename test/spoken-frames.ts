import { EXAMPLES } from "./link-conversations.ts";
import type { GeneratedFrame } from "./generated-captures.ts";
import { datagram, tcp } from "./net-frames.ts";
import { DIALOGUES } from "./starttls-dialogues.ts";

const START_NS = 1_700_000_000_000_000_000n;
const STEP_NS = 10_000_000n;
const CLIENT = "10.0.0.1";
const SERVER = "10.0.0.2";

type Step = readonly [fromOriginator: boolean, octets: Uint8Array];

/** One conversation after the other, each over a connection of its own. */
class Dialogues {
  readonly frames: GeneratedFrame[] = [];
  #port = 40_000;

  tcp(respP: number, steps: readonly Step[]): void {
    const [client, server] = [`${CLIENT}:${this.#port}`, `${SERVER}:${respP}`];
    this.#port++;
    let [mine, theirs] = [1001, 5001];
    const say = (fromOriginator: boolean, flags: string, payload: Uint8Array) => {
      const [from, to] = fromOriginator ? [client, server] : [server, client];
      const [seq, ack] = fromOriginator ? [mine, theirs] : [theirs, mine];
      this.#add(tcp({ from, to, seq, ack, flags, payload }));
      if (fromOriginator) mine += payload.length;
      else theirs += payload.length;
    };
    this.#add(tcp({ from: client, to: server, seq: 1000, flags: "S" }));
    this.#add(tcp({ from: server, to: client, seq: 5000, ack: 1001, flags: "SA" }));
    this.#add(tcp({ from: client, to: server, seq: mine, ack: theirs, flags: "A" }));
    for (const [side, octets] of steps) say(side, "PA", octets);
    say(true, "FA", new Uint8Array(0));
    mine++;
    say(false, "FA", new Uint8Array(0));
  }

  udp(respP: number, steps: readonly Step[]): void {
    const [client, server] = [`${CLIENT}:${this.#port}`, `${SERVER}:${respP}`];
    this.#port++;
    for (const [side, octets] of steps)
      this.#add(side ? datagram(client, server, octets) : datagram(server, client, octets));
  }

  #add(bytes: Uint8Array): void {
    this.frames.push({ ts: START_NS + STEP_NS * BigInt(this.frames.length), wireLength: bytes.length, bytes });
  }
}

/** First datagrams of remote desktop over UDP ([MS-RDPEUDP] 2.2.1.1): a SYN, padded, and the answer. */
const RDPEUDP: readonly Step[] = [
  [true, Buffer.from("ffffffff04000001".padEnd(2464, "0"), "hex")],
  [false, Buffer.from("000000010400000500".padEnd(64, "0"), "hex")],
];

/** A server's first packet of QUIC: RFC 9001 appendix A.3. */
const QUIC: readonly Step[] = [
  [true, Buffer.from(`c300000001088394c8f03e51570800004040${"0".repeat(2400)}`, "hex")],
  [
    false,
    Buffer.from(
      "cf000000010008f067a5502a4262b5004075c0d95a482cd0991cd25b0aac406a5816b6394100f37a1c69797554780bb38cc5a99f5ede4cf7" +
        "3c3ec2493a1839b3dbcba3f6ea46c5b7684df3548e7ddeb9c3bf9c73cc3f3bded74b562bfb19fb84022f8ef4cdd93795d77d06edbb7aaf2f" +
        "58891850abbdca3d20398c276456cbc42158407dd074ee",
      "hex",
    ),
  ],
];

/** Protocols that no recording shows, spoken after their specifications. */
export function spokenFrames(): readonly GeneratedFrame[] {
  const dialogues = new Dialogues();
  for (const { protocol, carrier, steps } of Object.values(EXAMPLES))
    dialogues[carrier ?? "tcp"](protocol.ports[0]!, steps);
  for (const [protocol, steps] of DIALOGUES) {
    const octets = steps.map(([side, said]): Step => [
      side,
      typeof said === "string" ? Buffer.from(said, "latin1") : said,
    ]);
    dialogues.tcp(protocol.ports[0]!, octets);
  }
  dialogues.udp(3389, RDPEUDP);
  dialogues.udp(443, QUIC);
  return dialogues.frames;
}
