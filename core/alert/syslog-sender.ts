import { createSocket } from "node:dgram";
import { connect, isIPv6, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import type { Alert } from "./alert.ts";
import type { SyslogDestination } from "./alert-config.ts";
import { syslogMessage } from "./alert-forms.ts";
import type { Sender } from "./sender.ts";

const CONNECT_MS = 10_000;

/** Sends by syslog: a datagram each (RFC 5426), or frames with their length in front over TCP (RFC 6587 3.4.1) and TLS (RFC 5425). */
export class SyslogSender implements Sender {
  readonly batch = 100;
  readonly #to: SyslogDestination;
  readonly #version: string;
  #socket: Socket | null = null;

  constructor(to: SyslogDestination, version: string) {
    this.#to = to;
    this.#version = version;
  }

  async send(alerts: readonly Alert[]): Promise<void> {
    const messages = alerts.map((alert) => Buffer.from(syslogMessage(alert, this.#to, this.#version)));
    if (this.#to.transport === "udp") return this.#datagrams(messages);
    const socket = await this.#connected();
    const framed = Buffer.concat(messages.flatMap((message) => [Buffer.from(`${message.length} `), message]));
    await new Promise<void>((resolve, reject) => {
      const failed = (error?: Error) => reject(error ?? new Error("the receiver closed the connection"));
      socket.once("error", failed);
      socket.once("close", failed);
      // One that reads nothing any more would be waited for without end.
      socket.setTimeout(CONNECT_MS);
      socket.write(framed, (error) => {
        socket.setTimeout(0);
        socket.off("error", failed);
        socket.off("close", failed);
        if (error) reject(error);
        else resolve();
      });
    });
  }

  close(): void {
    this.#socket?.end();
    this.#socket = null;
  }

  async #datagrams(messages: readonly Buffer[]): Promise<void> {
    const { host, port } = this.#to;
    const socket = createSocket(isIPv6(host) ? "udp6" : "udp4");
    try {
      for (const message of messages)
        await new Promise<void>((resolve, reject) => {
          socket.once("error", reject);
          socket.send(message, port, host, (error) => (error === null ? resolve() : reject(error)));
        });
    } finally {
      socket.close();
    }
  }

  async #connected(): Promise<Socket> {
    const known = this.#socket;
    if (known !== null && !known.destroyed && known.writable) return known;
    const { host, port, ca, transport } = this.#to;
    const isTls = transport === "tls";
    const socket = isTls
      ? connectTls({ host, port, ...(ca === null ? {} : { ca }), ...(isIPv6(host) ? {} : { servername: host }) })
      : connect({ host, port });
    socket.setTimeout(CONNECT_MS);
    await new Promise<void>((resolve, reject) => {
      socket.once("error", reject);
      socket.once("timeout", () => socket.destroy(new Error("no answer in time")));
      socket.once(isTls ? "secureConnect" : "connect", () => {
        socket.off("error", reject);
        resolve();
      });
    });
    socket.setTimeout(0);
    // A receiver that goes away shows at the next write, which then fails and is tried again.
    socket.on("error", () => socket.destroy());
    socket.resume();
    socket.unref();
    this.#socket = socket;
    return socket;
  }
}
