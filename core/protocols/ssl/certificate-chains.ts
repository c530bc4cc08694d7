import { Charge, textWeight } from "../../bytes/held-budget.ts";
import type { ByteReader } from "../../bytes/reader.ts";
import type { Connection, RecordSink } from "../protocol.ts";
import { X509_RECORD } from "./records.ts";
import type { Certificate } from "./x509/certificate.ts";
import { matchesHost, readCertificate } from "./x509/certificate.ts";

/** Most certificates read from one side. */
const MAX_CHAIN = 32;
const DAY_NS = 86_400_000_000_000n;

/** What the ssl record says of certificates. */
export interface ChainRow {
  cert_chain_fps: readonly string[] | null;
  client_cert_chain_fps: readonly string[] | null;
  subject: string | null;
  issuer: string | null;
  client_subject: string | null;
  client_issuer: string | null;
}

/** The certificates of one session: into its ssl record, and each into one of its own. */
export class CertificateChains {
  readonly #conn: Connection;
  readonly #out: RecordSink;
  /** The server's own. */
  #certificate: Certificate | null = null;
  readonly #charge = new Charge();

  constructor(conn: Connection, out: RecordSink) {
    this.#conn = conn;
    this.#out = out;
  }

  /** True if the server's certificate is for the host; null without one. */
  matchesHost(name: string): boolean | null {
    return this.#certificate === null ? null : matchesHost(this.#certificate, name);
  }

  /** Hosts that the server's certificate names, its subject's common name first. */
  get hosts(): readonly string[] {
    const certificate = this.#certificate;
    if (certificate === null) return [];
    const common = /(?:^|,)CN=([^,]+)/.exec(certificate.subject ?? "")?.[1];
    return [...(common === undefined ? [] : [common]), ...(certificate.alternativeNames?.dns ?? [])];
  }

  /** Certificate. RFC 5246 7.4.2; in TLS 1.3 it is sealed. */
  add(r: ByteReader, row: ChainRow, isClient: boolean): void {
    const former = r.narrow(Math.min(r.u24be(), r.left));
    for (let depth = 0; r.left >= 3 && depth < MAX_CHAIN; depth++) {
      const length = r.u24be();
      const octets = r.bytes(length);
      if (r.truncated) break;
      this.addOne(octets, depth, row, isClient);
    }
    r.widen(former);
  }

  /** Certificate of TLS 1.3: a context before the list, extensions behind each entry. RFC 8446 4.4.2 */
  add13(r: ByteReader, row: ChainRow, isClient: boolean): void {
    r.skip(r.u8());
    const former = r.narrow(Math.min(r.u24be(), r.left));
    for (let depth = 0; r.left >= 3 && depth < MAX_CHAIN; depth++) {
      const octets = r.bytes(r.u24be());
      if (r.truncated) break;
      this.addOne(octets, depth, row, isClient);
      r.skip(r.u16be());
    }
    r.widen(former);
  }

  addOne(octets: Uint8Array, depth: number, row: ChainRow, isClient: boolean): void {
    const certificate = readCertificate(octets);
    if (certificate === null) {
      this.#out.weird("ssl_certificate_malformed");
      return;
    }
    row.cert_chain_fps ??= [];
    row.client_cert_chain_fps ??= [];
    const chain = (isClient ? row.client_cert_chain_fps : row.cert_chain_fps) as string[];
    if (chain.length >= MAX_CHAIN) return;
    chain.push(certificate.fingerprint);
    if (isClient) {
      row.client_subject ??= certificate.subject;
      row.client_issuer ??= certificate.issuer;
    } else {
      if (this.#certificate === null) this.#charge.set(weightOf(certificate));
      this.#certificate ??= certificate;
      row.subject ??= certificate.subject;
      row.issuer ??= certificate.issuer;
    }
    this.#writeCertificate(certificate, depth === 0, isClient);
  }

  #writeCertificate(certificate: Certificate, isHost: boolean, isClient: boolean): void {
    const { now } = this.#conn;
    const what = `x509 ${certificate.fingerprint} ${String(isHost)} ${String(isClient)}`;
    if (!this.#conn.isFirst(what, DAY_NS)) return;
    const names = certificate.alternativeNames;
    this.#out.emit(
      X509_RECORD,
      {
        fingerprint: certificate.fingerprint,
        "certificate.version": certificate.version,
        "certificate.serial": certificate.serial,
        "certificate.subject": certificate.subject,
        "certificate.issuer": certificate.issuer,
        "certificate.not_valid_before": certificate.notBefore,
        "certificate.not_valid_after": certificate.notAfter,
        "certificate.key_alg": certificate.keyAlgorithm,
        "certificate.sig_alg": certificate.signatureAlgorithm,
        "certificate.key_type": certificate.keyType,
        "certificate.key_length": certificate.keyLength,
        "certificate.exponent": certificate.exponent,
        "certificate.curve": certificate.curve,
        "san.dns": names?.dns ?? null,
        "san.uri": names?.uri ?? null,
        "san.email": names?.email ?? null,
        "san.ip": names?.ip ?? null,
        "basic_constraints.ca": certificate.isCa,
        "basic_constraints.path_len": certificate.pathLength,
        host_cert: isHost,
        client_cert: isClient,
      },
      now,
    );
  }
}

/** Octets of memory of the names of one: some name ten thousand hosts. */
function weightOf({ subject, alternativeNames }: Certificate): number {
  const { dns, uri, email, ip } = alternativeNames ?? NO_NAMES;
  const names = [subject, ...[dns, uri, email, ip].flatMap((list) => list ?? [])];
  return names.reduce((octets, name) => octets + textWeight(name), 0);
}

const NO_NAMES = { dns: null, uri: null, email: null, ip: null };
