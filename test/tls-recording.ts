import { Duplex } from "node:stream";
import { TLSSocket, connect, type SecureContextOptions } from "node:tls";
import { readKeyLog } from "../core/engine/secrets/key-log.ts";
import { NOTHING_GIVEN } from "../core/engine/secrets/given-secrets.ts";
import { SecretStore } from "../core/engine/secrets/secret-store.ts";
import type { Secrets } from "../core/protocols/secrets.ts";
import { TRIAL_START } from "./analyzer-harness.ts";

/** A key and a certificate of its own, made for these tests with OpenSSL 3.0. */
const KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQglSm7SRMu4Abf/yog
Pog2/W9hfCSCV/G0G7ZMAOPxpd2hRANCAASB4IXviS/sHk1fLj4lUwvUx56ntEkt
LODVlqmCMfYgTT4D6W/Jr/iht/cM/EQN8mGJLK2mHnUIyHME4GmkZJE4
-----END PRIVATE KEY-----`;
const CERT = `-----BEGIN CERTIFICATE-----
MIIBdjCCARugAwIBAgIUPQ1Bbh0DKh+Ybzei04sma/tHerEwCgYIKoZIzj0EAwIw
DzENMAsGA1UEAwwEdGVzdDAgFw0yNjExMjkwNzQxMzZaGA8yMTI2MTEwNTA3NDEz
NlowDzENMAsGA1UEAwwEdGVzdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABIHg
he+JL+weTV8uPiVTC9THnqe0SS0s4NWWqYIx9iBNPgPpb8mv+KG39wz8RA3yYYks
raYedQjIcwTgaaRkkTijUzBRMB0GA1UdDgQWBBR7Od/Vd1LrK3ltt0RqDxccNkN+
tzAfBgNVHSMEGDAWgBR7Od/Vd1LrK3ltt0RqDxccNkN+tzAPBgNVHRMBAf8EBTAD
AQH/MAoGCCqGSM49BAMCA0kAMEYCIQDor2o3xUDvPQcbrEsfGA2EKHdwMF5Yq/EL
N6X63lSR2QIhAJp2dN3bs0YA8Npkou7dMpWEeFkrKRHUwNSVcHAmQWTT
-----END CERTIFICATE-----`;

/** What went over the wire of a session of Node's TLS (OpenSSL), and its key log. */
export interface TlsRecording {
  readonly pieces: readonly { readonly fromClient: boolean; readonly bytes: Uint8Array }[];
  readonly keyLog: string;
}

/** A step of a session: one side sends text, or asks for a new handshake (TLS 1.2). */
export type TlsStep = { readonly fromClient: boolean; readonly text: string } | "renegotiate";

/** Runs a session between a client and a server in this process. */
export async function recordTls(steps: readonly TlsStep[], options: SecureContextOptions): Promise<TlsRecording> {
  const pieces: { fromClient: boolean; bytes: Uint8Array }[] = [];
  const [clientEnd, serverEnd] = wire((fromClient, bytes) => pieces.push({ fromClient, bytes }));
  const log: Buffer[] = [];
  const server = new TLSSocket(serverEnd, { isServer: true, key: KEY, cert: CERT, ...options });
  const client = connect({ socket: clientEnd, rejectUnauthorized: false, ...options });
  client.on("keylog", (line) => log.push(line));
  server.on("error", () => undefined);
  await once(client, "secureConnect");
  const received = { client: 0, server: 0 };
  client.on("data", (data: Buffer) => (received.client += data.length));
  server.on("data", (data: Buffer) => (received.server += data.length));
  for (const step of steps) {
    if (step === "renegotiate") {
      await new Promise<void>((resolve, reject) => {
        client.renegotiate({ rejectUnauthorized: false }, (error) => (error === null ? resolve() : reject(error)));
      });
      continue;
    }
    const to = step.fromClient ? "server" : "client";
    const expected = received[to] + step.text.length;
    (step.fromClient ? client : server).write(step.text, "latin1");
    while (received[to] < expected) await new Promise((resolve) => setImmediate(resolve));
  }
  client.destroy();
  server.destroy();
  return { pieces, keyLog: Buffer.concat(log).toString() };
}

/** The secrets of a key log, as an analyzer gets them. */
export function secretsOf(keyLog: string): Secrets {
  const tls = readKeyLog(keyLog, (line) => `key log test, line ${line}`, 1000);
  return new SecretStore({ ...NOTHING_GIVEN, tls }, () => ({ ts: TRIAL_START, capture: 1, frame: 1 }));
}

function once(client: TLSSocket, event: "secureConnect"): Promise<void> {
  return new Promise((resolve, reject) => {
    client.once(event, () => resolve());
    client.once("error", reject);
  });
}

/** Two ends of a wire; what is written to one end comes out of the other. */
function wire(seen: (fromClient: boolean, bytes: Uint8Array) => void): [Duplex, Duplex] {
  const end = (fromClient: boolean, other: () => Duplex): Duplex =>
    new Duplex({
      read: () => undefined,
      write(chunk: Buffer, _, done) {
        seen(fromClient, Uint8Array.from(chunk));
        other().push(chunk);
        done();
      },
    });
  const client: Duplex = end(true, () => server);
  const server: Duplex = end(false, () => client);
  return [client, server];
}
