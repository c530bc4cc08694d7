import { createSocket } from "node:dgram";
import { lookup } from "node:dns/promises";
import { connect, isIP, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import type { Alert } from "./alert.ts";
import type { SyslogDestination } from "./alert-config.ts";
import { syslogMessage } from "./alert-forms.ts";
import { ALL_TAKEN, type Answer, type Sender } from "./sender.ts";

/** Waits of a delivery over TCP, ms. */
export interface SyslogWaits {
  readonly connect: number;
  /** A receiver that refuses what was written resets or closes the connection within this. */
  readonly settle: number;
  /** One that read to the end closes its side within this. */
  readonly close: number;
}

const WAITS: SyslogWaits = { connect: 10_000, settle: 500, close: 10_000 };

const TOO_LONG = "it is longer than a datagram can be";

/**
 * Sends by syslog: a datagram each (RFC 5426), or frames with their length in front over TCP (RFC 6587 3.4.1) and TLS (RFC 5425).
 *
 * Syslog has no answer, and a write succeeds when the system has the octets, not the receiver. Over TCP and TLS a batch is therefore a
 * connection of its own: it was taken when the receiver closes its side after it has read to the end. What ends earlier is sent again.
 */
export class SyslogSender implements Sender {
  readonly batch = 100;
  readonly #to: SyslogDestination;
  readonly #version: string;
  readonly #waits: SyslogWaits;
  #socket: Socket | null = null;
  /** Times in a row that it was given all and did not close its side. */
  #unclosed = 0;

  constructor(to: SyslogDestination, version: string, waits: SyslogWaits = WAITS) {
    this.#to = to;
    this.#version = version;
    this.#waits = waits;
  }

  async send(alerts: readonly Alert[]): Promise<Answer> {
    const messages = alerts.map((alert) => Buffer.from(syslogMessage(alert, this.#to, this.#version)));
    if (this.#to.transport === "udp") {
      const tooLong = await this.#datagrams(messages);
      return { ...ALL_TAKEN, rejected: tooLong.map((at) => ({ alert: alerts[at]!, reason: TOO_LONG })) };
    }
    const framed = Buffer.concat(messages.flatMap((message) => [Buffer.from(`${message.length} `), message]));
    const socket = await this.#connected();
    try {
      await this.#handOver(socket, framed);
    } finally {
      socket.destroy();
      this.#socket = null;
    }
    return ALL_TAKEN;
  }

  close(): void {
    this.#socket?.destroy();
    this.#socket = null;
  }

  /** @returns places of those that are longer than a datagram can be. */
  async #datagrams(messages: readonly Buffer[]): Promise<number[]> {
    const { port } = this.#to;
    const { address: host, family } = await addressOf(this.#to.host);
    const socket = createSocket(family === 6 ? "udp6" : "udp4");
    const tooLong: number[] = [];
    try {
      for (const [at, message] of messages.entries()) {
        const error = await new Promise<NodeJS.ErrnoException | null>((resolve) => {
          socket.once("error", resolve);
          socket.send(message, port, host, (failure) => {
            socket.off("error", resolve);
            resolve(failure);
          });
        });
        if (error?.code === "EMSGSIZE") tooLong.push(at);
        else if (error !== null) throw error;
      }
    } finally {
      socket.close();
    }
    return tooLong;
  }

  async #connected(): Promise<Socket> {
    const { host, port, ca, transport } = this.#to;
    const isTls = transport === "tls";
    // Said here, as a variable of the environment could switch it off.
    const verified = { rejectUnauthorized: true, ...(ca === null ? {} : { ca }) };
    const socket = isTls
      ? connectTls({ host, port, ...verified, ...(isIP(host) === 0 ? { servername: host } : {}) })
      : connect({ host, port });
    this.#socket = socket;
    // Whoever waits for the connection hears of it; one that nobody waits for is given up.
    socket.on("error", () => undefined);
    socket.resume();
    try {
      await within(
        this.#waits.connect,
        "no answer in time",
        () =>
          new Promise<void>((resolve, reject) => {
            socket.once("error", reject);
            socket.once(isTls ? "secureConnect" : "connect", () => {
              socket.off("error", reject);
              resolve();
            });
          }),
      );
    } catch (error) {
      socket.destroy();
      throw error;
    }
    return socket;
  }

  /** Gives all octets and waits for what becomes of them. */
  async #handOver(socket: Socket, octets: Buffer): Promise<void> {
    const { settle, close } = this.#waits;
    await within(close, "the receiver does not read", () => written(socket, octets));
    const closed = closing(socket);
    if (await Promise.race([closed, later(settle)])) throw new Error("the receiver closed the connection");
    socket.end();
    if (await Promise.race([closed, later(close)])) {
      this.#unclosed = 0;
      return;
    }
    // One connection more tells a receiver that never closes its side from one that is gone.
    if (++this.#unclosed < 2)
      throw new Error("the receiver did not close the connection: whether it took the alerts is not known");
  }
}

/** A datagram's socket is of one family: IPv6 where a name has nothing else. */
async function addressOf(host: string): Promise<{ readonly address: string; readonly family: number }> {
  const found = await lookup(host, { all: true });
  const address = found.find(({ family }) => family === 4) ?? found[0];
  if (address === undefined) throw new Error(`${host} has no address`);
  return address;
}

function written(socket: Socket, octets: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once("close", () => reject(new Error("the receiver closed the connection")));
    socket.write(octets, (error) => (error ? reject(error) : resolve()));
  });
}

/** True once the other side has closed; fails with what broke the connection. */
function closing(socket: Socket): Promise<true> {
  const closed = new Promise<true>((resolve, reject) => {
    if (socket.destroyed || socket.readableEnded) return resolve(true);
    socket.once("error", reject);
    socket.once("end", () => resolve(true));
    socket.once("close", () => resolve(true));
  });
  closed.catch(() => undefined); // asked for only while the alerts are on their way
  return closed;
}

function later(ms: number): Promise<false> {
  return new Promise((resolve) => setTimeout(resolve, ms, false).unref());
}

async function within<T>(ms: number, otherwise: string, work: () => Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  try {
    return await Promise.race([
      work(),
      new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(new Error(otherwise)), ms);
      }),
    ]);
  } finally {
    clearTimeout(timer);
  }
}
