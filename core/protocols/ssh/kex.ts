import { createHash } from "node:crypto";
import { ByteReader } from "../../bytes/reader.ts";

/** Algorithms that one side offers. RFC 4253 7.1 */
export interface KexInit {
  readonly kex: readonly string[];
  readonly hostKey: readonly string[];
  readonly encryptionToServer: readonly string[];
  readonly encryptionToClient: readonly string[];
  readonly macToServer: readonly string[];
  readonly macToClient: readonly string[];
  readonly compressionToServer: readonly string[];
  readonly compressionToClient: readonly string[];
}

/** Reads the payload of SSH_MSG_KEXINIT behind its type; null if it stops early. */
export function readKexInit(r: ByteReader): KexInit | null {
  r.skip(16); // cookie
  const init: KexInit = {
    kex: nameList(r),
    hostKey: nameList(r),
    encryptionToServer: nameList(r),
    encryptionToClient: nameList(r),
    macToServer: nameList(r),
    macToClient: nameList(r),
    compressionToServer: nameList(r),
    compressionToClient: nameList(r),
  };
  return r.truncated ? null : init;
}

/** RFC 4251 5 */
function nameList(r: ByteReader): string[] {
  const text = r.latin1(r.u32be());
  return text === "" ? [] : text.split(",").filter((name) => name !== "");
}

/** What the two offers lead to, as Zeek's ssh.log shows it. */
export interface Agreement {
  readonly cipher: string;
  readonly mac: string;
  readonly compression: string;
  readonly kex: string;
  readonly hostKey: string;
}

export function agree(client: KexInit, server: KexInit): Agreement {
  const both = (toServer: string, toClient: string): string =>
    toServer === toClient ? toServer : `To server: ${toServer}, to client: ${toClient}`;
  return {
    cipher: both(
      first(client.encryptionToServer, server.encryptionToServer),
      first(client.encryptionToClient, server.encryptionToClient),
    ),
    mac: both(first(client.macToServer, server.macToServer), first(client.macToClient, server.macToClient)),
    compression: both(
      first(client.compressionToServer, server.compressionToServer),
      first(client.compressionToClient, server.compressionToClient),
    ),
    kex: first(client.kex, server.kex),
    hostKey: first(client.hostKey, server.hostKey),
  };
}

/** The client's first name that the server has too. RFC 4253 7.1 */
function first(client: readonly string[], server: readonly string[]): string {
  return client.find((name) => server.includes(name)) ?? "Algorithm negotiation failed";
}

/** What HASSH is made of. github.com/salesforce/hassh */
export function hasshText(init: KexInit, isServer: boolean): string {
  const lists = isServer
    ? [init.kex, init.encryptionToClient, init.macToClient, init.compressionToClient]
    : [init.kex, init.encryptionToServer, init.macToServer, init.compressionToServer];
  return lists.map((list) => list.join(",")).join(";");
}

/** HASSH or HASSHServer: MD5 of `hasshText`. */
export function hassh(text: string): string {
  return createHash("md5").update(text, "latin1").digest("hex");
}

const GEX_REPLY = 33;
const KEXDH_REPLY = 31;
const KEXRSA_PUBKEY = 30;

/**
 * True if a message of this type begins with the server's host key under this key exchange. RFC 4253 8 (and what is
 * built like it), RFC 4419 3, RFC 4432 4, RFC 4462 2.1
 */
export function carriesHostKey(messageType: number, kex: string): boolean {
  if (kex.startsWith("diffie-hellman-group-exchange-") || kex.startsWith("gss-")) return messageType === GEX_REPLY;
  if (kex.startsWith("rsa")) return messageType === KEXRSA_PUBKEY;
  return messageType === KEXDH_REPLY;
}

/** True if octets have the form of a public key: a name of a known family, with its length before it. RFC 4253 6.6 */
export function isHostKey(key: Uint8Array): boolean {
  const r = new ByteReader(key);
  const length = r.u32be();
  return length >= 7 && length <= 64 && /^(?:ssh-|ecdsa-sha2-|sk-|rsa-sha2-|x509v3-)/.test(r.latin1(length));
}
