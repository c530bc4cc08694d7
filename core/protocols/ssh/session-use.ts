import { PacketSizes } from "./packet-sizes.ts";
import type { InferredProgram } from "./session-program.ts";
import { inferProgram } from "./session-program.ts";

/** What an authenticated connection seems to have been used for, from sizes, times and directions alone. */
export interface InferredUse {
  readonly use: "interactive" | "command" | "file copy" | "tunnel";
  /** 0 to 1: how often a guess of this kind was right in our recordings, not how sure it is of this one. */
  readonly confidence: number;
  /** Where a file copy's octets went, as the client sees it; null for other uses and where nothing much was copied. */
  readonly direction: "up" | "down" | null;
  readonly reasons: readonly string[];
}

/** Segments of a session that are looked at; what follows is only counted. */
const MAX_SEGMENTS = 3000;
/** First segments, which show what the client opened. */
const OPENING = 16;

/** Payloads of messages whose lengths are known. RFC 4254 5.1, 5.2, 7.1, 7.2; PROTOCOL of OpenSSH 2.2 */
const OPEN_SESSION = 24;
const NO_MORE_SESSIONS = 34;
const OPEN_CONFIRMATION = 17;
/** Channel data of one octet: a key, or an answer of scp. */
const ONE_OCTET = 10;
/** Channel data of SSH_FXP_INIT. draft-ietf-secsh-filexfer-02 3 */
const SFTP_INIT = 18;
/** Channel data of SSH_FXP_VERSION with the extensions of OpenSSH: sizes on the wire of old and new ones. */
const VERSION_MIN = 100;
const VERSION_MAX = 1000;
/** Smallest and largest request for a forwarded connection that is looked for: 45 octets and two host names. */
const FORWARD_MIN = 45 + 10;
const FORWARD_MAX = 45 + 110;
/** A request for a terminal names its modes: longer than most commands. RFC 4254 6.2 */
const TERMINAL_MIN = 200;
const TERMINAL_MAX = 1400;

/** Keys without which nobody used a terminal. */
const MIN_KEYS = 4;
const MILLISECOND = 1_000_000n;
/** Nobody types faster; OpenSSH from 9.5 on sends keys at this pace to hide how they were typed. */
const FASTEST_KEY = 15n * MILLISECOND;
/** An echo comes within a round trip. */
const SLOWEST_ECHO = 1500n * MILLISECOND;

/** Octets in one direction that are a copy and not just talk. */
const BULK = 16_384;
/** How many times the other direction's octets that must be. */
const ONE_SIDED = 4;
/** A command's output of this size is data that was fetched, whatever the command. */
const LARGE_OUTPUT = 65_536;
/** Octets of an opened but unused session: keys of the host, answers, end. */
const MUCH_TRAFFIC = 4096;

interface Segment {
  readonly fromClient: boolean;
  readonly octets: number;
}

/** Watches the segments of one authenticated connection. */
export class SessionUse {
  readonly #client: PacketSizes;
  readonly #server: PacketSizes;
  readonly #refusesSessions: boolean;
  readonly #opening: Segment[] = [];
  #segments = 0;
  #clientSegments = 0;
  #up = 0;
  #down = 0;
  #keys = 0;
  #lastClient: bigint | null = null;
  /** A key that has not been answered yet. */
  #key: bigint | null = null;
  #mayOpen: Segment | null = null;
  #opened = { byClient: 0, byServer: 0 };

  /** @param client Identification of the client. */
  constructor(cipher: string, mac: string, client: string) {
    this.#refusesSessions = refusesSessions(client);
    this.#client = new PacketSizes(cipher, mac, true);
    this.#server = new PacketSizes(cipher, mac, false);
  }

  /** True once more segments would not be looked at. */
  get isDone(): boolean {
    return this.#segments >= MAX_SEGMENTS;
  }

  /** Keys that seem to have been typed. */
  get keystrokes(): number {
    return this.#keys;
  }

  /** Connections that seem to have been forwarded; null if a session's own messages could look like that. */
  get forwarded(): number | null {
    return this.#opensSession ? null : this.#opened.byClient + this.#opened.byServer;
  }

  segment(octets: number, fromClient: boolean, ts: bigint): void {
    if (octets === 0 || this.isDone) return;
    this.#segments++;
    if (this.#opening.length < OPENING) this.#opening.push({ fromClient, octets });
    if (fromClient) this.#clientSegments++;
    if (fromClient) this.#up += octets;
    else this.#down += octets;
    this.#watchKeys(octets, fromClient, ts);
    this.#watchForwards(octets, fromClient);
  }

  /**
   * The guess.
   * @param up,down All octets since authentication, those included that were only counted.
   * @returns null if too little was seen.
   */
  infer(up: number, down: number): InferredUse | null {
    if (this.#opening.length < 2 || this.#clientSegments === 0) return null;
    if (!this.#opensSession) return this.#forwarding();
    const terminal = this.#asksForTerminal;
    if (terminal && this.#keys >= MIN_KEYS) return this.#interactive(terminal);
    const copy = this.#copy(up, down);
    if (copy !== null) return copy;
    // Requests and answers of other protocols can look like keys and echoes, but not for so long.
    const isMostlyKeys = this.#keys >= 2 * MIN_KEYS && 2 * this.#keys >= this.#clientSegments;
    return isMostlyKeys ? this.#interactive(terminal) : this.#command(terminal);
  }

  /** The program that speaks in it, by the sizes of its first messages; null if it looks like none that is known. */
  program(): InferredProgram | null {
    return this.#opensSession && !this.#asksForTerminal
      ? inferProgram(this.#opening, this.#client, this.#server)
      : null;
  }

  #interactive(terminal: boolean): InferredUse {
    const reasons = [`${this.#keys} small packets of the client, each answered at once by a small one`];
    if (terminal) reasons.unshift("A message of the size of a request for a terminal");
    return { use: "interactive", confidence: terminal ? 0.95 : 0.7, direction: null, reasons };
  }

  /** The client's first messages, up to the server's answer, hold a request for a session. */
  get #opensSession(): boolean {
    const first = this.#firstOfClient;
    // Others begin with what they want.
    if (!this.#refusesSessions) return !isBetween(this.#client, first, FORWARD_MIN, FORWARD_MAX);
    const open = this.#client.of(OPEN_SESSION);
    const noMore = this.#client.of(NO_MORE_SESSIONS);
    // Some ciphers pad both to the same size: OpenSSH sends the second one alone, and the first one never.
    if (first === open + noMore || (first === open && open !== noMore)) return true;
    // What is no forwarding counts as a session.
    const request = first - noMore;
    const isForwarding =
      first === noMore || first === 2 * noMore || isBetween(this.#client, request, FORWARD_MIN, FORWARD_MAX);
    return !isForwarding && !isBetween(this.#client, first, 27, FORWARD_MAX);
  }

  get #firstOfClient(): number {
    return this.#opening.find(({ fromClient }) => fromClient)?.octets ?? 0;
  }

  /** Second message of the client, behind the one that opens the session. */
  get #asksForTerminal(): boolean {
    const [, second] = this.#opening.filter(({ fromClient }) => fromClient);
    return second !== undefined && isBetween(this.#client, second.octets, TERMINAL_MIN, TERMINAL_MAX);
  }

  #forwarding(): InferredUse {
    const { byClient, byServer } = this.#opened;
    const isStdio = this.#firstOfClient > this.#client.of(NO_MORE_SESSIONS) + this.#client.of(FORWARD_MIN) - 1;
    const reasons = [
      isStdio
        ? "The client's first message has the size of a request for one forwarded connection"
        : "The client opened no session after it was let in",
    ];
    if (byClient > 0) reasons.push(`${byClient} connections that the client had forwarded`);
    if (byServer > 0) reasons.push(`${byServer} connections that the server had forwarded`);
    const isUsed = isStdio || byClient + byServer > 0 || this.#up + this.#down > MUCH_TRAFFIC;
    if (!isUsed) reasons.push("Nothing seems to have gone through it");
    return { use: "tunnel", confidence: isUsed ? 0.95 : 0.7, direction: null, reasons };
  }

  #copy(up: number, down: number): InferredUse | null {
    const reasons: string[] = [];
    const direction = directionOf(up, down);
    const kilobytes = `${Math.round(Math.max(up, down) / 1000)} kB ${direction ?? ""}`;
    if (this.#looksLikeSftp) {
      reasons.push("The first messages have the sizes of the beginning of SFTP");
      if (direction !== null) reasons.push(`${kilobytes}, ${ratio(up, down)} times the other direction`);
      return { use: "file copy", confidence: direction === null ? 0.8 : 0.95, direction, reasons };
    }
    if (direction === null) return null;
    if (this.#looksLikeScp) reasons.push("Single octets go back and forth before the file, as with scp");
    reasons.push(`${kilobytes}, ${ratio(up, down)} times the other direction`);
    const isSure = this.#looksLikeScp || direction === "up";
    if (!isSure && down < LARGE_OUTPUT) return null;
    if (!isSure) reasons.push("A command with as much output would look the same");
    return { use: "file copy", confidence: isSure ? 0.9 : 0.6, direction, reasons };
  }

  #command(terminal: boolean): InferredUse {
    const keys = this.#keys;
    const reasons = ["A session without keystrokes, and without much data in one direction"];
    if (terminal) reasons.push("A terminal was asked for");
    if (keys > 0) reasons.push(`${keys} packets could be keys`);
    return { use: "command", confidence: terminal || keys > 0 ? 0.5 : 0.8, direction: null, reasons };
  }

  /** SSH_FXP_INIT is short, SSH_FXP_VERSION long, for the extensions that it lists. */
  get #looksLikeSftp(): boolean {
    return this.#opening.some(({ fromClient, octets }, i) => {
      if (!fromClient || octets !== this.#client.of(SFTP_INIT)) return false;
      const next = this.#opening[i + 1];
      return (
        next !== undefined &&
        !next.fromClient &&
        next.octets >= this.#server.of(VERSION_MIN) &&
        next.octets <= VERSION_MAX
      );
    });
  }

  /** The receiving side says yes to each step with one octet. */
  get #looksLikeScp(): boolean {
    const yes = { client: this.#client.of(ONE_OCTET), server: this.#server.of(ONE_OCTET) };
    const talk = this.#opening.slice(4, 12);
    const said = (byClient: boolean): number =>
      talk.filter(
        ({ fromClient, octets }) => fromClient === byClient && octets === (byClient ? yes.client : yes.server),
      ).length;
    return said(true) >= 2 || said(false) >= 2;
  }

  /** A key is a message of the smallest size, alone, and its echo is the next thing that the server says. */
  #watchKeys(octets: number, fromClient: boolean, ts: bigint): void {
    if (!fromClient) {
      const isEcho = octets <= 4 * this.#server.of(ONE_OCTET);
      if (this.#key !== null && isEcho && ts - this.#key <= SLOWEST_ECHO) this.#keys++;
      this.#key = null;
      return;
    }
    const smallest = this.#client.of(ONE_OCTET);
    const isKey = octets === smallest || octets === smallest + this.#client.step;
    const isApart = this.#lastClient === null || ts - this.#lastClient >= FASTEST_KEY;
    this.#key = isKey && isApart && this.#opening.length > 6 ? ts : null;
    this.#lastClient = ts;
  }

  /** A request for a connection is answered with a message of known size. */
  #watchForwards(octets: number, fromClient: boolean): void {
    const before = this.#mayOpen;
    const sizes = fromClient ? this.#client : this.#server;
    if (before !== null && before.fromClient !== fromClient) {
      if (octets === sizes.of(OPEN_CONFIRMATION)) {
        if (fromClient) this.#opened.byServer++;
        else this.#opened.byClient++;
      }
    }
    this.#mayOpen = isBetween(sizes, octets, FORWARD_MIN, FORWARD_MAX) ? { fromClient, octets } : null;
  }
}

/** OpenSSH from 5.1 on tells the server, once it has what it wants, that it will open no more sessions. */
function refusesSessions(client: string): boolean {
  const [, major, minor] = /OpenSSH_(?:for_Windows_)?(\d{1,3})\.(\d{1,3})/.exec(client) ?? [];
  return major !== undefined && (Number(major) > 5 || (major === "5" && Number(minor) >= 1));
}

function isBetween(sizes: PacketSizes, octets: number, least: number, most: number): boolean {
  return octets >= sizes.of(least) && octets <= sizes.of(most);
}

function directionOf(up: number, down: number): "up" | "down" | null {
  if (up >= BULK && up >= ONE_SIDED * down) return "up";
  return down >= BULK && down >= ONE_SIDED * up ? "down" : null;
}

function ratio(up: number, down: number): number {
  return Math.round(Math.max(up, down) / Math.max(1, Math.min(up, down)));
}
