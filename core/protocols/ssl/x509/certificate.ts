import { hash } from "node:crypto";
import { ipv4Text, ipv6Text } from "../../../bytes/address.ts";
import { DER, DerReader, contextPrimitive, contextTag } from "../../../bytes/der.ts";
import { ByteReader } from "../../../bytes/reader.ts";
import { readName } from "./distinguished-name.ts";
import { algorithmName, curveOf } from "./oids.ts";

/** What x509.log says of a certificate. RFC 5280 4.1 */
export interface Certificate {
  /** SHA-256 of the whole certificate, hexadecimal. */
  readonly fingerprint: string;
  readonly version: number;
  /** Upper-case hexadecimal. */
  readonly serial: string;
  readonly subject: string;
  readonly subjectCommonNames: readonly string[];
  readonly issuer: string;
  /** ns since 1970. */
  readonly notBefore: bigint | null;
  readonly notAfter: bigint | null;
  readonly keyAlgorithm: string;
  readonly signatureAlgorithm: string;
  /** "rsa", "dsa", "ecdsa", or null for others. */
  readonly keyType: string | null;
  /** Bits. */
  readonly keyLength: number | null;
  /** RSA public exponent, decimal. */
  readonly exponent: string | null;
  readonly curve: string | null;
  /** Subject alternative names, null without; each list null if it has none of the kind. */
  readonly alternativeNames: AlternativeNames | null;
  readonly isCa: boolean | null;
  readonly pathLength: number | null;
}

export interface AlternativeNames {
  dns: string[] | null;
  uri: string[] | null;
  email: string[] | null;
  ip: string[] | null;
}

const OID_BASIC_CONSTRAINTS = "2.5.29.19";
const OID_ALTERNATIVE_NAME = "2.5.29.17";

/** Certificates that are remembered with their octets, 4 MB at most. A server shows the same one to all its clients. */
const MOST_KNOWN = 512;
const LONGEST_KNOWN = 8192;
/** By length and a few octets of the key and the signature, which tell almost all of them apart. */
const known = new Map<number, { readonly der: Uint8Array; readonly certificate: Certificate | null }>();

/** Reads one certificate; null if it is malformed. The octets are only borrowed. What was read before is not read again. */
export function readCertificate(der: Uint8Array): Certificate | null {
  if (der.length < LEAST_KNOWN || der.length > LONGEST_KNOWN) return parseCertificate(der);
  const key = placeOf(der);
  const before = known.get(key);
  if (before !== undefined && Buffer.compare(before.der, der) === 0) return before.certificate;
  const certificate = parseCertificate(der);
  if (known.size >= MOST_KNOWN) known.clear();
  known.set(key, { der: der.slice(), certificate });
  return certificate;
}

const LEAST_KNOWN = 64;

/** A number that other certificates hardly have. */
function placeOf(der: Uint8Array): number {
  const { length } = der;
  let place = length;
  for (let i = 1; i <= 4; i++) place = Math.imul(place ^ der[length - i]!, 0x01000193);
  return place;
}

function parseCertificate(der: Uint8Array): Certificate | null {
  const d = new DerReader(der);
  d.enter(DER.sequence);
  d.enter(DER.sequence);
  let version = 1;
  if (d.enterIf(contextTag(0))) {
    version = d.integer() + 1;
    d.leave();
  }
  const serial = serialText(d.octets(DER.integer));
  d.skip();
  const issuer = readName(d);
  d.enter(DER.sequence);
  const notBefore = d.time();
  const notAfter = d.time();
  d.leave();
  const subject = readName(d);
  const key = readPublicKey(d);
  if (d.at(contextPrimitive(1))) d.skip();
  if (d.at(contextPrimitive(2))) d.skip();
  const extensions = {
    alternativeNames: null as AlternativeNames | null,
    isCa: null as boolean | null,
    pathLength: null as number | null,
  };
  if (d.enterIf(contextTag(3))) {
    readExtensions(d, extensions);
    d.leave();
  }
  d.leave();
  d.enter(DER.sequence);
  const signatureAlgorithm = algorithmName(d.oid());
  if (d.failed) return null;
  return {
    fingerprint: hash("sha256", der),
    version,
    serial,
    subject: subject.text,
    subjectCommonNames: subject.commonNames,
    issuer: issuer.text,
    notBefore,
    notAfter,
    ...key,
    signatureAlgorithm,
    ...extensions,
  };
}

/** As OpenSSL's i2a_ASN1_INTEGER prints it. */
function serialText(content: Uint8Array): string {
  if (content.length === 0) return "00";
  if (content[0]! < 0x80) {
    let start = 0;
    while (start < content.length - 1 && content[start] === 0) start++;
    return Buffer.from(content.subarray(start)).toString("hex").toUpperCase();
  }
  const magnitude = -BigInt.asIntN(content.length * 8, BigInt("0x" + Buffer.from(content).toString("hex")));
  const text = magnitude.toString(16).toUpperCase();
  return `-${text.length % 2 === 1 ? "0" : ""}${text}`;
}

type KeyFacts = Pick<Certificate, "keyAlgorithm" | "keyType" | "keyLength" | "exponent" | "curve">;

/** SubjectPublicKeyInfo. RFC 5280 4.1.2.7, RFC 3279 2.3, RFC 5480 */
function readPublicKey(d: DerReader): KeyFacts {
  const facts = { keyAlgorithm: "", keyType: null, keyLength: null, exponent: null, curve: null } as {
    -readonly [K in keyof KeyFacts]: KeyFacts[K];
  };
  d.enter(DER.sequence);
  d.enter(DER.sequence);
  const oid = d.oid();
  facts.keyAlgorithm = algorithmName(oid);
  if (facts.keyAlgorithm === "id-ecPublicKey") {
    facts.keyType = "ecdsa";
    const curve = d.at(DER.oid) ? curveOf(d.oid()) : null;
    facts.curve = curve?.name ?? null;
    facts.keyLength = curve?.bits ?? null;
  } else if (facts.keyAlgorithm === "dsaEncryption") {
    facts.keyType = "dsa";
    if (d.enterIf(DER.sequence)) {
      facts.keyLength = bitLength(d.octets(DER.integer));
      d.leave();
    }
  }
  d.leave();
  const bits = d.bits();
  d.leave();
  if (facts.keyAlgorithm === "rsaEncryption" || facts.keyAlgorithm === "rsassaPss") {
    const key = new DerReader(bits);
    key.enter(DER.sequence);
    const modulus = key.octets(DER.integer);
    const exponent = key.bigInteger();
    if (!key.failed) {
      facts.keyType = "rsa";
      facts.keyLength = bitLength(modulus);
      facts.exponent = exponent.toString();
    }
  }
  return facts;
}

/** Bits of an unsigned integer. */
function bitLength(content: Uint8Array): number {
  let start = 0;
  while (start < content.length && content[start] === 0) start++;
  if (start === content.length) return 0;
  return (content.length - start) * 8 - (Math.clz32(content[start]!) - 24);
}

function readExtensions(
  d: DerReader,
  into: { alternativeNames: AlternativeNames | null; isCa: boolean | null; pathLength: number | null },
): void {
  if (!d.enter(DER.sequence)) return;
  while (d.more && d.enter(DER.sequence)) {
    const oid = d.oid();
    if (d.at(DER.boolean)) d.skip();
    const value = d.octets();
    d.leave();
    if (oid === OID_BASIC_CONSTRAINTS) {
      const inner = new DerReader(value);
      if (!inner.enter(DER.sequence)) continue;
      into.isCa = inner.at(DER.boolean) ? inner.boolean() : false;
      if (inner.at(DER.integer)) into.pathLength = inner.integer();
    } else if (oid === OID_ALTERNATIVE_NAME) {
      into.alternativeNames = readAlternativeNames(value);
    }
  }
  d.leave();
}

const NAME_EMAIL = contextPrimitive(1);
const NAME_DNS = contextPrimitive(2);
const NAME_URI = contextPrimitive(6);
const NAME_IP = contextPrimitive(7);

/** GeneralNames. RFC 5280 4.2.1.6 */
function readAlternativeNames(value: Uint8Array): AlternativeNames {
  const names: AlternativeNames = { dns: null, uri: null, email: null, ip: null };
  const d = new DerReader(value);
  d.enter(DER.sequence);
  while (d.more) {
    switch (d.next) {
      case NAME_EMAIL:
        (names.email ??= []).push(d.text());
        break;
      case NAME_DNS:
        (names.dns ??= []).push(d.text());
        break;
      case NAME_URI:
        (names.uri ??= []).push(d.text());
        break;
      case NAME_IP: {
        const octets = d.octets(NAME_IP);
        const r = new ByteReader(octets);
        if (octets.length === 4) (names.ip ??= []).push(ipv4Text(r));
        else if (octets.length === 16) (names.ip ??= []).push(ipv6Text(r));
        break;
      }
      default:
        d.skip();
    }
  }
  return names;
}

/**
 * True if a certificate is for this host: by its alternative names, or by its common name if it has none of kind DNS.
 * A "*" stands for one whole left-most label. RFC 6125 6.4
 */
export function matchesHost(certificate: Certificate, host: string): boolean {
  const wanted = host.toLowerCase();
  const patterns = certificate.alternativeNames?.dns ?? certificate.subjectCommonNames;
  return patterns.some((pattern) => matchesPattern(pattern.toLowerCase(), wanted));
}

function matchesPattern(pattern: string, host: string): boolean {
  if (!pattern.startsWith("*.")) return pattern === host;
  const dot = host.indexOf(".");
  return dot > 0 && pattern.indexOf(".", 2) > 0 && host.slice(dot) === pattern.slice(1);
}
