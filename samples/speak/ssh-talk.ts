import { ascii, ByteWriter, joined } from "../wire/byte-writer.ts";
import type { Random } from "../wire/random.ts";
import type { Talk } from "./talk.ts";

const lists = (kex: string, keys: string): readonly string[] => {
  const ciphers =
    "chacha20-poly1305@openssh.com,aes128-ctr,aes192-ctr,aes256-ctr,aes128-gcm@openssh.com,aes256-gcm@openssh.com";
  const macs =
    "umac-64-etm@openssh.com,umac-128-etm@openssh.com,hmac-sha2-256-etm@openssh.com,hmac-sha2-512-etm@openssh.com,hmac-sha2-256";
  return [kex, keys, ciphers, ciphers, macs, macs, "none,zlib@openssh.com", "none,zlib@openssh.com", "", ""];
};

function packet(payload: Uint8Array, random: Random): Uint8Array {
  const padding = 8 - ((5 + payload.length) % 8) + (8 - ((5 + payload.length) % 8) < 4 ? 8 : 0);
  return new ByteWriter(64)
    .u32be(1 + payload.length + padding)
    .u8(padding)
    .bytes(payload)
    .bytes(random.bytes(padding))
    .done();
}

const UPLOAD_STEP = 32_768;

const string = (value: Uint8Array): Uint8Array => joined(new ByteWriter(4).u32be(value.length).done(), value);

function kexInit(names: readonly string[], random: Random): Uint8Array {
  return packet(
    joined(Uint8Array.of(20), random.bytes(16), ...names.map((name) => string(ascii(name))), new Uint8Array(5)),
    random,
  );
}

/** An SSH connection from banner to sealed packets; what is sealed is told apart by sizes only. [RFC 4253, RFC 8731] */
export class SshTalk {
  readonly talk: Talk;

  constructor(talk: Talk) {
    this.talk = talk;
  }

  /** @param hostKey modulus of the server's RSA key, 256 octets */
  keyExchange(clientVersion: string, serverVersion: string, hostKey: Uint8Array): void {
    const { random } = this.talk;
    const kex =
      "curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp256,ecdh-sha2-nistp384,diffie-hellman-group14-sha256";
    const keys = "ssh-rsa,ecdsa-sha2-nistp256,ssh-ed25519";
    this.talk.client(ascii(`SSH-2.0-${clientVersion}\r\n`));
    this.talk.server(ascii(`SSH-2.0-${serverVersion}\r\n`));
    this.talk.client(kexInit(lists(`${kex},ext-info-c`, keys), random));
    this.talk.server(kexInit(lists(kex, keys), random));
    this.talk.client(packet(joined(Uint8Array.of(30), string(random.bytes(32))), random));
    const modulus = joined(Uint8Array.of(0, 0x80 | (hostKey[0] ?? 0)), hostKey.subarray(1));
    const key = joined(string(ascii("ssh-rsa")), string(Uint8Array.of(1, 0, 1)), string(modulus));
    const sign = joined(string(ascii("ssh-rsa")), string(random.bytes(256)));
    const reply = packet(joined(Uint8Array.of(31), string(key), string(random.bytes(32)), string(sign)), random);
    this.talk.server(joined(reply, packet(Uint8Array.of(21), random)));
    this.talk.client(packet(Uint8Array.of(21), random));
  }

  /** Service request, a refused first method, then `failures` wrong passwords and perhaps the right one. */
  logIn(failures: number, succeeds: boolean): void {
    this.#sealed(true, 44);
    this.#sealed(false, 44);
    this.#sealed(true, 68);
    this.#sealed(false, 60);
    for (let i = 0; i < failures; i++) {
      this.#sealed(true, 148, this.talk.random.between(3e8, 2e9));
      this.#sealed(false, 60, this.talk.random.between(1.8e9, 2.4e9));
    }
    if (!succeeds) return;
    this.#sealed(true, 148);
    this.#sealed(false, 28, 40e6);
  }

  /** Commands typed and their output. */
  session(commands: number): void {
    const { random } = this.talk;
    this.#sealed(true, 112);
    this.#sealed(false, 500);
    this.#sealed(true, 400);
    this.#sealed(false, 108);
    for (let i = 0; i < commands; i++) {
      for (let key = random.between(4, 14); key > 0; key--) {
        this.#sealed(true, 36, random.between(60e6, 240e6));
        this.#sealed(false, 36, random.between(300_000, 2_000_000));
      }
      this.#sealed(false, random.between(60, 1300), random.between(2e6, 30e6));
    }
    this.#sealed(true, 36);
    this.#sealed(false, 176);
    this.#sealed(true, 60);
  }

  /** Data sent by the client through the channel. */
  *upload(octets: number): Generator<undefined> {
    this.#sealed(true, 112);
    this.#sealed(false, 500);
    for (let left = octets; left > 0; left -= UPLOAD_STEP) {
      this.talk.client(new Uint8Array(0), undefined, Math.min(left, UPLOAD_STEP));
      this.#sealed(false, 44);
      yield;
    }
    this.#sealed(true, 36);
  }

  #sealed(fromClient: boolean, octets: number, waitNs?: number): void {
    const bytes = this.talk.random.bytes(octets);
    if (fromClient) this.talk.client(bytes, waitNs);
    else this.talk.server(bytes, waitNs);
  }
}
