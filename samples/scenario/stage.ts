import { DOMAIN, NETBIOS_DOMAIN, REALM } from "../estate/company.ts";
import { ntlmServerOf, type Host } from "../estate/host.ts";
import { dnsQuery, dnsResponse, type DnsAnswer, type DnsType } from "../speak/dns.ts";
import { filetimeOf, type LogOn } from "../speak/log-on.ts";
import { SmbTalk } from "../speak/smb-talk.ts";
import { STATUS } from "../speak/smb-message.ts";
import type { Mechanism } from "../speak/spnego.ts";
import { Talk } from "../speak/talk.ts";
import { arpFrame } from "../speak/small-services.ts";
import type { Witness } from "../wire/frame-sink.ts";
import { Random } from "../wire/random.ts";
import { SingleFrame } from "../wire/single-frame.ts";
import { TcpConversation, type Ending, type Turn } from "../wire/tcp-conversation.ts";
import type { Timeline } from "../wire/timeline.ts";
import { UdpExchange } from "../wire/udp-exchange.ts";
import { Step, type StepFields } from "./step.ts";

export interface TcpHow {
  readonly ending?: Ending | undefined;
  readonly witness?: Witness | undefined;
  readonly bitsPerSecond?: number | undefined;
}

export interface SmbHow extends TcpHow {
  readonly user: string;
  readonly domain?: string;
  readonly mechanism?: Mechanism;
  readonly workstation?: string;
  /** Name typed by the client; the host name if not given. */
  readonly as?: string;
}

/** Where a scenario plays: puts conversations on the timeline and keeps what they share (ports, names, steps). */
export class Stage {
  readonly timeline: Timeline;
  readonly random: Random;
  readonly startNs: bigint;
  readonly steps: Step[] = [];
  /** Octets written to the capture so far, for plans that end at a size. */
  written: () => number = () => 0;
  /** True if plans give the very time of the first packet, not only its second. */
  isExact = false;
  readonly #ports = new Map<string, number>();
  #conversations = 0;

  constructor(timeline: Timeline, seed: string, startNs: bigint) {
    this.timeline = timeline;
    this.random = new Random(seed);
    this.startNs = startNs;
  }

  step(fields: StepFields): Step {
    const step = new Step(fields);
    this.steps.push(step);
    return step;
  }

  /** Milliseconds since 1970-01-01 UTC. */
  wallMs(atNs: number): number {
    return Number(this.startNs / 1_000_000n) + Math.floor(atNs / 1e6);
  }

  filetime(atNs: number): bigint {
    return filetimeOf(this.startNs + BigInt(Math.floor(atNs)));
  }

  /** A fresh conversation to fill, with its own numbers. */
  talk(): Talk {
    return new Talk(this.random.fork(`talk ${this.#conversations++}`));
  }

  tcp(atNs: number, client: Host, server: Host, port: number, turns: Iterable<Turn>, how: TcpHow = {}): void {
    const source = new TcpConversation({
      startNs: this.#jittered(atNs),
      client,
      clientPort: this.#port(client),
      server,
      serverPort: port,
      turns,
      ...how,
      random: this.random.fork(`tcp ${this.#conversations++}`),
    });
    this.timeline.add(source);
  }

  udp(
    atNs: number,
    client: Host,
    server: Host,
    port: number,
    turns: readonly Turn[],
    witness?: Witness,
    clientPort?: number,
  ): void {
    const random = this.random.fork(`udp ${this.#conversations++}`);
    const ports = { clientPort: clientPort ?? this.#port(client), serverPort: port };
    this.timeline.add(
      new UdpExchange({ startNs: this.#jittered(atNs), client, server, ...ports, turns, witness, random }),
    );
  }

  /** One machine asks for the hardware address of another in its network and gets it. */
  arp(atNs: number, asks: Host, answers: Host): void {
    const ends = { client: asks.ip, server: answers.ip };
    const start = this.#jittered(atNs);
    this.timeline.add(new SingleFrame(start, arpFrame(asks, answers.address, null), ends));
    this.timeline.add(new SingleFrame(start + 85_000, arpFrame(answers, asks.address, asks.mac), ends));
  }

  /** A name looked up. @returns when the answer is there */
  dns(
    atNs: number,
    client: Host,
    server: Host,
    name: string,
    type: DnsType,
    answers: readonly DnsAnswer[],
    witness?: Witness,
  ): number {
    const talk = this.talk();
    const id = talk.random.below(65536);
    const code = answers.length === 0 ? 3 : 0;
    talk.client(dnsQuery(id, name, type), 0);
    const think =
      client.isInternal && name.endsWith(DOMAIN)
        ? talk.random.between(90_000, 700_000)
        : talk.random.between(400_000, 24_000_000);
    talk.server(dnsResponse(id, name, type, answers, code), think);
    this.udp(atNs, client, server, 53, talk.taken(), witness);
    return atNs + think + 1_500_000;
  }

  logOn(atNs: number, client: Host, server: Host, how: SmbHow): LogOn {
    return {
      who: { domain: how.domain ?? NETBIOS_DOMAIN, user: how.user, workstation: how.workstation ?? client.name },
      server: ntlmServerOf(server, NETBIOS_DOMAIN, DOMAIN),
      serverName: how.as ?? server.name,
      realm: REALM,
      mechanism: how.mechanism ?? "ntlm",
      mustSign: server.roles.includes("domain-controller"),
      filetime: this.filetime(atNs),
    };
  }

  /** An SMB connection that is logged on; `script` says what is done on it. */
  smb(atNs: number, client: Host, server: Host, how: SmbHow, script: (smb: SmbTalk) => void): void {
    const smb = new SmbTalk(this.talk(), this.logOn(atNs, client, server, how));
    smb.negotiate();
    smb.sessionSetup();
    script(smb);
    this.tcp(atNs, client, server, 445, smb.talk.taken(), how);
  }

  /** The same for a long conversation: what the script has said so far is sent whenever it yields. */
  smbStream(
    atNs: number,
    client: Host,
    server: Host,
    how: SmbHow,
    script: (smb: SmbTalk) => Iterable<undefined>,
  ): void {
    const smb = new SmbTalk(this.talk(), this.logOn(atNs, client, server, how));
    this.tcp(atNs, client, server, 445, streamed(smb, script), how);
  }

  /** Failed log-ons on one connection. */
  smbFailure(atNs: number, client: Host, server: Host, how: SmbHow, tries: number): void {
    const smb = new SmbTalk(this.talk(), this.logOn(atNs, client, server, how));
    smb.negotiate();
    for (let i = 0; i < tries; i++) {
      smb.talk.shows = how.witness;
      smb.sessionSetup(STATUS.LOGON_FAILURE);
    }
    this.tcp(atNs, client, server, 445, smb.talk.taken(), how);
  }

  /** Plans speak of whole seconds; packets do not. All of one minute move by the same part of a second. */
  #jittered(atNs: number): number {
    if (this.isExact) return atNs;
    const minute = Math.floor(atNs / 60e9);
    return atNs + ((Math.imul(minute + 1, 0x9e3779b1) >>> 0) % 941_000_003);
  }

  #port(client: Host): number {
    const last = this.#ports.get(client.ip) ?? 49_151 + (this.random.fork(client.ip).below(1200) + 1);
    const port = last >= 65_535 ? 49_152 : last + 1;
    this.#ports.set(client.ip, port);
    return port;
  }
}

function* streamed(smb: SmbTalk, script: (smb: SmbTalk) => Iterable<undefined>): Generator<Turn> {
  smb.negotiate();
  smb.sessionSetup();
  for (const step of script(smb)) {
    if (step === undefined) yield* smb.talk.taken();
  }
  yield* smb.talk.taken();
}
