import type { Secrets, TlsSecret, TlsSecretLabel } from "../../secrets.ts";
import { cipherName } from "../cipher-suites.ts";
import type { ClientHello, ServerHello } from "../hello.ts";
import { VERSION } from "../names.ts";
import type { Phase } from "./direction.ts";
import { keyBlock, nextTrafficSecret, trafficKeys } from "./key-schedule.ts";
import type { Protection } from "./protection.ts";
import { protectionOf } from "./protection.ts";
import { RecordOpener } from "./record-opener.ts";

/** Keys that a direction may go on with. */
export interface NextKeys {
  readonly phase: Phase;
  /** TLS 1.3's traffic secret, null before. */
  readonly secret: Uint8Array | null;
  readonly opener: RecordOpener;
}

/** High octet of the suites of TLS 1.3. */
const TLS13_SUITES = 0x13;

/** The keys of one session, as far as the key log has its secrets. */
export class SessionKeys {
  readonly #secrets: Secrets;
  #clientHello: ClientHello | null = null;
  #serverHello: ServerHello | null = null;
  #protection: Protection | null = null;
  /** Client random whose secret was found, null if none was; and where it came from. */
  secretOf: string | null = null;
  origin: string | null = null;

  constructor(secrets: Secrets) {
    this.#secrets = secrets;
  }

  get sawClientHello(): boolean {
    return this.#clientHello !== null;
  }
  get sawServerHello(): boolean {
    return this.#serverHello !== null;
  }
  get isTls13(): boolean {
    return this.#serverHello?.version === VERSION.tls13;
  }
  /** Name of the suite, null before the server chose it. */
  get cipher(): string | null {
    return this.#serverHello === null ? null : cipherName(this.#serverHello.cipher);
  }

  clientHello(hello: ClientHello): void {
    this.#clientHello = hello;
  }

  serverHello(hello: ServerHello): void {
    this.#serverHello = hello;
    this.#protection = protectionOf(hello.cipher);
  }

  /** True if there is a secret of the client's early data. */
  hasEarly(): boolean {
    return this.#secret("CLIENT_EARLY_TRAFFIC_SECRET") !== null;
  }

  /** The first keys of a direction behind the ServerHello or a change of keys; null if there are none. */
  first(isClient: boolean): NextKeys | null {
    if (this.isTls13) return this.ofPhase("handshake", isClient) ?? this.ofPhase("application", isClient);
    const hello = this.#serverHello;
    const protection = this.#protection;
    if (hello === null || protection === null) return null;
    if (hello.version > VERSION.tls12 || hello.version < VERSION.tls10) return null;
    const master = this.#secret("CLIENT_RANDOM");
    if (master === null) return null;
    const { client, server } = keyBlock(
      hello.version,
      protection,
      master.secret,
      this.#clientHello!.random,
      hello.random,
    );
    const macIsLast = hello.encryptsThenMacs && protection.kind === "cbc";
    const opener = new RecordOpener(protection, isClient ? client : server, hello.version, macIsLast);
    return { phase: "application", secret: null, opener };
  }

  /** Keys of a phase of TLS 1.3. */
  ofPhase(phase: Phase, isClient: boolean): NextKeys | null {
    const side = isClient ? "CLIENT" : "SERVER";
    const label = phase === "handshake" ? "HANDSHAKE_TRAFFIC_SECRET" : "TRAFFIC_SECRET_0";
    const secret = this.#secret(`${side}_${label}`)?.secret;
    if (secret === undefined || this.#protection === null) return null;
    return trafficOpener(this.#protection, phase, secret);
  }

  /** Keys behind a KeyUpdate. */
  updated(secret: Uint8Array): NextKeys | null {
    const protection = this.#protection;
    return protection === null ? null : trafficOpener(protection, "application", nextTrafficSecret(protection, secret));
  }

  /** Keys of TLS 1.3 that may come next, where the message that says so may be lost. */
  behind(phase: Phase, secret: Uint8Array | null, isClient: boolean): NextKeys[] {
    const next: (NextKeys | null)[] = [];
    if (phase === "early") next.push(this.ofPhase("handshake", isClient));
    if (phase === "early" || phase === "handshake") next.push(this.ofPhase("application", isClient));
    if (phase === "application" && secret !== null) next.push(this.updated(secret));
    return next.filter((keys) => keys !== null);
  }

  /** Keys that early data may be sealed with: the suite is one of those the client offers. RFC 8446 4.2.10 */
  early(): NextKeys[] {
    const secret = this.#secret("CLIENT_EARLY_TRAFFIC_SECRET")?.secret;
    if (secret === undefined) return [];
    return this.#clientHello!.ciphers.filter((suite) => suite >> 8 === TLS13_SUITES)
      .map(protectionOf)
      .filter((protection) => protection !== null && secret.length === (protection.hash === "sha384" ? 48 : 32))
      .map((protection) => trafficOpener(protection!, "early", secret));
  }

  #secret(label: TlsSecretLabel): TlsSecret | null {
    if (this.#clientHello === null) return null;
    const { random } = this.#clientHello;
    const found = this.#secrets.tls(label, random);
    if (found === null) return null;
    this.secretOf = random;
    this.origin ??= found.origin;
    return found;
  }
}

function trafficOpener(protection: Protection, phase: Phase, secret: Uint8Array): NextKeys {
  const opener = new RecordOpener(protection, trafficKeys(protection, secret), VERSION.tls13, false);
  return { phase, secret, opener };
}
