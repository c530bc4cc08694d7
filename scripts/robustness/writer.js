// Writes made-up traffic as a pcap file, fast enough for millions of packets.
import { closeSync, openSync, writeSync } from "node:fs";

export const FIN = 1;
export const SYN = 2;
export const RST = 4;
export const ACK = 16;
export const PSH = 8;
export const CLIENT = 0x0a000001;
export const SERVER = 0x0a000002;

const NOTHING = Buffer.alloc(0);
const TCP = 6;
const UDP = 17;
/** Octets before the payload: of a record's head, Ethernet and IPv4; of TCP and UDP. */
const HEADS = 50;
const TCP_HEAD = 20;
const UDP_HEAD = 8;

/** A pcap file, or pipe, that is written as it grows. */
export class Writer {
  octets = 0;
  #file;
  #buffer = Buffer.alloc(1 << 20);
  #used = 24;
  constructor(path) {
    this.#file = openSync(path, "w");
    this.#buffer.writeUInt32LE(0xa1b2c3d4, 0);
    this.#buffer.writeUInt16LE(2, 4);
    this.#buffer.writeUInt16LE(4, 6);
    this.#buffer.writeUInt32LE(262144, 16);
    this.#buffer.writeUInt32LE(1, 20);
  }

  /** An IPv4 packet in Ethernet. */
  ip(seconds, from, to, proto, body, id = 0, fragment = 0) {
    const at = this.#begin(seconds, from, to, proto, body.length, id, fragment);
    this.#buffer.set(body, at);
  }

  tcp(seconds, from, fromPort, to, toPort, flags, seq, ack, payload = NOTHING) {
    const at = this.#begin(seconds, from, to, TCP, TCP_HEAD + payload.length, 0, 0);
    const b = this.#buffer;
    b.writeUInt16BE(fromPort, at);
    b.writeUInt16BE(toPort, at + 2);
    b.writeUInt32BE(seq >>> 0, at + 4);
    b.writeUInt32BE(ack >>> 0, at + 8);
    b[at + 12] = 0x50;
    b[at + 13] = flags;
    b.writeUInt16BE(64240, at + 14);
    b.writeUInt32BE(0, at + 16);
    b.set(payload, at + TCP_HEAD);
  }

  udp(seconds, from, fromPort, to, toPort, payload) {
    const at = this.#begin(seconds, from, to, UDP, UDP_HEAD + payload.length, 0, 0);
    const b = this.#buffer;
    b.writeUInt16BE(fromPort, at);
    b.writeUInt16BE(toPort, at + 2);
    b.writeUInt16BE(UDP_HEAD + payload.length, at + 4);
    b.writeUInt16BE(0, at + 6);
    b.set(payload, at + UDP_HEAD);
  }

  close() {
    this.#flush();
    closeSync(this.#file);
  }

  /** Writes the heads of a packet whose IP payload has `length` octets; gives the place of that payload. */
  #begin(seconds, from, to, proto, length, id, fragment) {
    const octets = 34 + length;
    if (this.#used + 16 + octets > this.#buffer.length) this.#flush();
    const b = this.#buffer;
    const at = this.#used;
    b.fill(0, at, at + HEADS);
    b.writeUInt32LE(1_700_000_000 + Math.floor(seconds), at);
    b.writeUInt32LE(Math.floor((seconds % 1) * 1e6), at + 4);
    b.writeUInt32LE(octets, at + 8);
    b.writeUInt32LE(octets, at + 12);
    b[at + 21] = 2;
    b[at + 27] = 1;
    b.writeUInt16BE(0x0800, at + 28);
    b[at + 30] = 0x45;
    b.writeUInt16BE(20 + length, at + 32);
    b.writeUInt16BE(id & 0xffff, at + 34);
    b.writeUInt16BE(fragment, at + 36);
    b[at + 38] = 64;
    b[at + 39] = proto;
    b.writeUInt32BE(from >>> 0, at + 42);
    b.writeUInt32BE(to >>> 0, at + 46);
    this.#used += 16 + octets;
    return at + HEADS;
  }

  #flush() {
    for (let at = 0; at < this.#used;) at += writeSync(this.#file, this.#buffer, at, this.#used - at);
    this.octets += this.#used;
    this.#used = 0;
  }
}

/** Connections of as many clients to one port, handshakes done, that go on in turn. */
export class Conversations {
  #writer;
  #first;
  #port;
  #seq;
  #clock = 1;
  constructor(writer, count, first, port) {
    this.#writer = writer;
    this.#first = first;
    this.#port = port;
    this.#seq = [new Uint32Array(count).fill(2), new Uint32Array(count).fill(2)];
    for (let i = 0; i < count; i++) {
      writer.tcp(this.#tick(), first + i, 50000, SERVER, port, SYN, 1, 0);
      writer.tcp(this.#tick(), SERVER, port, first + i, 50000, SYN | ACK, 1, 2);
    }
  }

  /** One segment. */
  say(i, fromClient, bytes) {
    const [own, other] = fromClient ? this.#seq : [this.#seq[1], this.#seq[0]];
    const ends = [this.#first + i, 50000, SERVER, this.#port];
    const [from, fromPort, to, toPort] = fromClient ? ends : [ends[2], ends[3], ends[0], ends[1]];
    this.#writer.tcp(this.#tick(), from, fromPort, to, toPort, ACK | PSH, own[i], other[i], bytes);
    own[i] += bytes.length;
  }

  #tick() {
    this.#clock += 0.00002;
    return this.#clock;
  }
}

/** One connection's segments, handshake done; sequence numbers run by themselves. */
export class Conversation {
  #writer;
  #port;
  #segment;
  #seq = [1000, 5000];
  #clock = 1;
  constructor(writer, port, segment = 1400) {
    this.#writer = writer;
    this.#port = port;
    this.#segment = segment;
    writer.tcp(this.#tick(), CLIENT, 50000, SERVER, port, SYN, this.#seq[0]++, 0);
    writer.tcp(this.#tick(), SERVER, port, CLIENT, 50000, SYN | ACK, this.#seq[1]++, this.#seq[0]);
    writer.tcp(this.#tick(), CLIENT, 50000, SERVER, port, ACK, this.#seq[0], this.#seq[1]);
  }

  say(fromClient, bytes) {
    for (let at = 0; at < bytes.length; at += this.#segment) {
      const part = bytes.subarray(at, at + this.#segment);
      const [seq, ack] = fromClient ? this.#seq : [this.#seq[1], this.#seq[0]];
      if (fromClient) this.#writer.tcp(this.#tick(), CLIENT, 50000, SERVER, this.#port, ACK | PSH, seq, ack, part);
      else this.#writer.tcp(this.#tick(), SERVER, this.#port, CLIENT, 50000, ACK | PSH, seq, ack, part);
      const side = fromClient ? 0 : 1;
      this.#seq[side] = (this.#seq[side] + part.length) >>> 0;
    }
  }

  /** Octets that the recorder lost. */
  lose(fromClient, octets) {
    this.#seq[fromClient ? 0 : 1] += octets;
  }

  #tick() {
    this.#clock += 0.00002;
    return this.#clock;
  }
}
