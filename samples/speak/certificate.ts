import { createECDH } from "node:crypto";
import { joined } from "../wire/byte-writer.ts";
import { Random } from "../wire/random.ts";
import {
  bigInteger,
  bitString,
  boolean,
  context,
  der,
  integer,
  objectId,
  octets,
  printable,
  sequence,
  set,
  utcTime,
  utf8,
} from "./der.ts";

export interface CertificateFields {
  readonly commonName: string;
  readonly organization: string;
  readonly issuer: string;
  /** DNS names it is good for. */
  readonly names: readonly string[];
  /** Milliseconds since 1970-01-01 UTC. */
  readonly notBefore: number;
  readonly notAfter: number;
}

const ECDSA_SHA256 = sequence(objectId("1.2.840.10045.4.3.2"));
const P256 = sequence(objectId("1.2.840.10045.2.1"), objectId("1.2.840.10045.3.1.7"));

/**
 * An X.509 certificate with a real P-256 key and a well-formed signature that no key made. [RFC 5280 4.1]
 * The same fields give the same octets.
 */
export function certificate(f: CertificateFields): Uint8Array {
  const random = new Random(`certificate ${f.issuer} ${f.commonName}`);
  const serial = random.bytes(16);
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40;
  const isSelfSigned = f.issuer === f.commonName;
  const names = f.names.map((name) => der(0x82, new Uint8Array(Buffer.from(name, "latin1"))));
  const usage = sequence(objectId("1.3.6.1.5.5.7.3.1"));
  const extensions = [
    sequence(objectId("2.5.29.15"), boolean(true), octets(bitString(Uint8Array.of(0xa0), 5))),
    sequence(objectId("2.5.29.37"), octets(usage)),
    sequence(objectId("2.5.29.17"), octets(sequence(...names))),
    sequence(objectId("2.5.29.14"), octets(octets(random.bytes(20)))),
  ];
  const body = sequence(
    context(0, integer(2)),
    bigInteger(serial),
    ECDSA_SHA256,
    name(f.issuer, isSelfSigned ? f.organization : "Example Trust Services"),
    sequence(utcTime(f.notBefore), utcTime(f.notAfter)),
    name(f.commonName, f.organization),
    sequence(P256, bitString(publicPoint(random))),
    context(3, sequence(...extensions)),
  );
  return sequence(body, ECDSA_SHA256, bitString(signature(random)));
}

function name(commonName: string, organization: string): Uint8Array {
  const part = (oid: string, value: Uint8Array): Uint8Array => set(sequence(objectId(oid), value));
  return sequence(
    part("2.5.4.6", printable("SE")),
    part("2.5.4.10", utf8(organization)),
    part("2.5.4.3", utf8(commonName)),
  );
}

/** Uncompressed point of a key made from the stream. */
function publicPoint(random: Random): Uint8Array {
  const key = createECDH("prime256v1");
  const secret = random.bytes(32);
  secret[0] = 0x7f & (secret[0] ?? 0); // below the group order
  secret[31] = 1 | (secret[31] ?? 0);
  key.setPrivateKey(secret);
  return new Uint8Array(key.getPublicKey());
}

/** ECDSA-Sig-Value. [RFC 3279 2.2.3] */
export function signature(random: Random): Uint8Array {
  return sequence(bigInteger(random.bytes(32)), bigInteger(random.bytes(32)));
}

/** A certificate of a public authority. @param nowMs somewhere in its life */
export function publicCertificate(dnsName: string, nowMs: number): Uint8Array {
  const start = Math.floor(nowMs / 864e5 - 40) * 864e5;
  const about = {
    commonName: dnsName,
    organization: `${dnsName.split(".").slice(-2, -1).join("")} example`,
    issuer: "Example Public CA 3",
  };
  return certificate({ ...about, names: [dnsName], notBefore: start, notAfter: start + 90 * 864e5 });
}

/** What a machine or product makes for itself. */
export function selfSigned(commonName: string, names: readonly string[]): Uint8Array {
  const notBefore = Date.UTC(2025, 5, 11);
  return certificate({
    commonName,
    organization: "Self-signed",
    issuer: commonName,
    names,
    notBefore,
    notAfter: notBefore + 3650 * 864e5,
  });
}

/** Certificate list of a TLS 1.2 Certificate message. [RFC 5246 7.4.2] */
export function certificateList(chain: readonly Uint8Array[]): Uint8Array {
  const u24 = (n: number): Uint8Array => Uint8Array.of(n >> 16, (n >> 8) & 255, n & 255);
  const entries = joined(...chain.map((each) => joined(u24(each.length), each)));
  return joined(u24(entries.length), entries);
}
