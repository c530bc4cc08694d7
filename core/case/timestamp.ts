import { createHash, randomBytes, timingSafeEqual, verify, X509Certificate } from "node:crypto";
import { contextTag, DER, DerReader } from "../bytes/der.ts";
import { BacktrailError } from "../contracts/result.ts";

/** A time stamp that holds. */
export interface Timestamp {
  /** When the authority had the hash, ISO 8601 UTC. */
  readonly time: string;
  /** Subject of the authority's certificate, on one line. */
  readonly authority: string;
  /** Number by which the authority knows it, in hex. */
  readonly serial: string;
  readonly policy: string;
  /** Hash that was stamped, and the request's nonce ("" if the answer has none), in hex. */
  readonly sha256: string;
  readonly nonce: string;
}

const OID = {
  sha256: "2.16.840.1.101.3.4.2.1",
  signedData: "1.2.840.113549.1.7.2",
  tstInfo: "1.2.840.113549.1.9.16.1.4",
  contentType: "1.2.840.113549.1.9.3",
  messageDigest: "1.2.840.113549.1.9.4",
  signingCertificate: "1.2.840.113549.1.9.16.2.12",
  signingCertificateV2: "1.2.840.113549.1.9.16.2.47",
  timeStamping: "1.3.6.1.5.5.7.3.8",
} as const;

const DIGESTS: Readonly<Record<string, string>> = {
  "1.3.14.3.2.26": "sha1",
  "2.16.840.1.101.3.4.2.1": "sha256",
  "2.16.840.1.101.3.4.2.2": "sha384",
  "2.16.840.1.101.3.4.2.3": "sha512",
};

const PSS = "1.2.840.113549.1.1.10";

/** Certificates from signer to root: a longer chain is a loop or an attack. */
const LONGEST_CHAIN = 8;

/** A request for a time stamp on a SHA-256, with a nonce of 8 octets and the wish for the certificate. RFC 3161 2.4.1 */
export function timestampRequest(sha256: string): { readonly request: Buffer; readonly nonce: string } {
  const nonce = randomBytes(8);
  nonce[0] = (nonce[0]! & 0x3f) | 0x40; // a positive integer of all eight octets
  const algorithm = tlv(DER.sequence, oid(OID.sha256), tlv(DER.null));
  const imprint = tlv(DER.sequence, algorithm, tlv(DER.octetString, Buffer.from(sha256, "hex")));
  const version = tlv(DER.integer, Buffer.from([1]));
  const certReq = tlv(DER.boolean, Buffer.from([0xff]));
  const request = tlv(DER.sequence, version, imprint, tlv(DER.integer, nonce), certReq);
  return { request, nonce: nonce.toString("hex") };
}

/**
 * Checks an answer (TimeStampResp) in full: granted, over the hash, signed by a certificate that may do nothing but time
 * stamps, whose chain ends at one of `roots` and was valid then. RFC 3161 2.4.2, RFC 5816
 * @param expected Roots as PEM certificates, those to trust.
 * @throws BacktrailError `time-stamp` with what does not hold.
 */
export function verifyTimestamp(
  answer: Uint8Array,
  expected: { readonly sha256: string | null; readonly roots: string },
): Timestamp {
  const parts = readAnswer(answer);
  const info = readInfo(parts.content);
  if (expected.sha256 !== null && info.sha256 !== expected.sha256)
    throw wrong(`it is over ${info.sha256}, not over ${expected.sha256}`);
  const { digest, attributes } = parts;
  const inside = createHash(digest).update(parts.content).digest();
  if (!same(attributes.messageDigest, inside)) throw wrong("its content is not the one that was signed");
  if (attributes.contentType !== OID.tstInfo) throw wrong("what was signed is no time stamp");
  const signer = parts.certificates.find((certificate) =>
    same(createHash(attributes.certificateDigest).update(certificate.raw).digest(), attributes.certificateHash),
  );
  if (signer === undefined) throw wrong("it does not bring the certificate that it was signed with");
  const key = signer.publicKey;
  const isPlain = key.asymmetricKeyType === "ed25519" || key.asymmetricKeyType === "ed448";
  if (!verify(isPlain ? null : digest, parts.signed, key, parts.signature)) throw wrong("its signature does not hold");
  if (signer.keyUsage?.length !== 1 || signer.keyUsage[0] !== OID.timeStamping || !isUsageCritical(signer))
    throw wrong("its certificate is not one for time stamps only");
  checkChain(signer, parts.certificates, rootsOf(expected.roots), info.time);
  const authority = signer.subject.split("\n").join(", ");
  return { ...info, time: info.time.toISOString(), authority };
}

interface Answer {
  readonly content: Uint8Array;
  readonly certificates: readonly X509Certificate[];
  readonly digest: string;
  /** Signed attributes as they were signed: with the tag of a SET. */
  readonly signed: Buffer;
  readonly attributes: {
    readonly contentType: string;
    readonly messageDigest: Uint8Array;
    readonly certificateDigest: string;
    readonly certificateHash: Uint8Array;
  };
  readonly signature: Uint8Array;
}

function readAnswer(answer: Uint8Array): Answer {
  const r = new DerReader(answer);
  r.enter(DER.sequence);
  r.enter(DER.sequence);
  const status = r.integer();
  if (!r.failed && status > 1) throw wrong(`the authority refused it (status ${status})`);
  r.leave();
  r.enter(DER.sequence);
  if (r.oid() !== OID.signedData) throw wrong("it is no answer of a time stamp authority");
  r.enter(contextTag(0));
  r.enter(DER.sequence);
  r.integer();
  r.skip();
  r.enter(DER.sequence);
  const type = r.oid();
  r.enter(contextTag(0));
  const content = r.octets();
  r.leave();
  r.leave();
  const certificates: X509Certificate[] = [];
  if (r.enterIf(contextTag(0))) {
    while (r.more && certificates.length < 32) {
      const found = r.skip();
      if (found !== null) certificates.push(certificateOf(answer.subarray(found.start, found.end)));
    }
    r.leave();
  }
  if (r.at(contextTag(1))) r.skip();
  r.enter(DER.set);
  r.enter(DER.sequence);
  r.integer();
  r.skip();
  r.enter(DER.sequence);
  const digest = DIGESTS[r.oid()];
  r.leave();
  const attributesAt = r.pos;
  const attributes = readAttributes(r);
  const signed = Buffer.from(answer.subarray(attributesAt, r.pos));
  if (signed.length > 0) signed[0] = DER.set;
  r.enter(DER.sequence);
  const algorithm = r.oid();
  r.leave();
  const signature = r.octets();
  if (r.failed || type !== OID.tstInfo) throw wrong("it is not whole, or no answer of a time stamp authority");
  if (digest === undefined || algorithm === PSS) throw wrong("it uses an algorithm that is not known here");
  return { content, certificates, digest, signed, attributes, signature };
}

function readAttributes(r: DerReader): Answer["attributes"] {
  let contentType = "";
  let messageDigest: Uint8Array = new Uint8Array();
  let certificateDigest = "sha1";
  let certificateHash: Uint8Array = new Uint8Array();
  r.enter(contextTag(0));
  while (r.more) {
    r.enter(DER.sequence);
    const type = r.oid();
    r.enter(DER.set);
    if (type === OID.contentType) contentType = r.oid();
    else if (type === OID.messageDigest) messageDigest = r.octets();
    else if (type === OID.signingCertificateV2 || (type === OID.signingCertificate && certificateHash.length === 0)) {
      // SigningCertificate: a list of certificates, of which the first is the signer's. RFC 5035 3 and 5
      r.enter(DER.sequence);
      r.enter(DER.sequence);
      r.enter(DER.sequence);
      certificateDigest = type === OID.signingCertificate ? "sha1" : "sha256";
      if (r.enterIf(DER.sequence)) {
        certificateDigest = DIGESTS[r.oid()] ?? "sha256";
        r.leave();
      }
      certificateHash = r.octets();
      r.leave();
      r.leave();
      r.leave();
    }
    r.leave();
    r.leave();
  }
  r.leave();
  return { contentType, messageDigest, certificateDigest, certificateHash };
}

function readInfo(content: Uint8Array): { sha256: string; nonce: string; time: Date; policy: string; serial: string } {
  const r = new DerReader(content);
  r.enter(DER.sequence);
  r.integer();
  const policy = r.oid();
  r.enter(DER.sequence);
  r.enter(DER.sequence);
  const algorithm = r.oid();
  r.leave();
  const sha256 = Buffer.from(r.octets()).toString("hex");
  r.leave();
  const serial = Buffer.from(r.octets(DER.integer)).toString("hex");
  const time = r.time();
  if (r.at(DER.sequence)) r.skip();
  if (r.at(DER.boolean)) r.skip();
  const nonce = r.at(DER.integer) ? Buffer.from(r.octets(DER.integer)).toString("hex") : "";
  if (r.failed || time === null) throw wrong("its content is not whole");
  if (algorithm !== OID.sha256) throw wrong("it is over a hash of another kind than SHA-256");
  return { sha256, nonce, time: new Date(Number(time / 1_000_000n)), policy, serial };
}

/** From the signer to a root that is trusted, each valid at the time of the stamp. */
function checkChain(
  signer: X509Certificate,
  brought: readonly X509Certificate[],
  roots: readonly X509Certificate[],
  time: Date,
): void {
  let current = signer;
  for (let i = 0; i < LONGEST_CHAIN; i++) {
    if (time < new Date(current.validFrom) || time > new Date(current.validTo))
      throw wrong(`the certificate ${nameOf(current)} was not valid at ${time.toISOString()}`);
    const child = current;
    if (roots.some((root) => root.fingerprint256 === child.fingerprint256)) return;
    const issued = (issuer: X509Certificate) => child.checkIssued(issuer) && child.verify(issuer.publicKey);
    const root = roots.find(issued);
    const next = root ?? brought.find((other) => other.ca && other !== child && issued(other));
    if (next === undefined) break;
    current = next;
  }
  throw wrong(`the chain of its certificate ${nameOf(signer)} does not end at one that is trusted`);
}

function rootsOf(pem: string): X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  if (blocks.length === 0) throw wrong("no certificate (PEM) was given to trust");
  return blocks.map(certificateOf);
}

function certificateOf(octets: Uint8Array | string): X509Certificate {
  try {
    return new X509Certificate(octets);
  } catch {
    throw wrong("it has a certificate that cannot be read");
  }
}

/** Extended key usage (2.5.29.37) with the critical flag, as it stands in the certificate. RFC 5280 4.2 */
function isUsageCritical({ raw }: X509Certificate): boolean {
  return raw.includes(Buffer.from("0603551d250101ff", "hex"));
}

function nameOf({ subject }: X509Certificate): string {
  return subject.split("\n").at(-1) ?? "";
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.length > 0 && timingSafeEqual(a, b);
}

function wrong(reason: string): BacktrailError {
  return new BacktrailError("time-stamp", `The time stamp does not hold: ${reason}.`);
}

function tlv(identifier: number, ...content: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(content);
  // Nothing that is written here reaches 128 octets.
  return Buffer.concat([Buffer.from([identifier, body.length]), body]);
}

function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  const octets = [first * 40 + second];
  for (const arc of rest) {
    const groups = [arc & 0x7f];
    for (let left = arc >>> 7; left > 0; left >>>= 7) groups.unshift((left & 0x7f) | 0x80);
    octets.push(...groups);
  }
  return tlv(DER.oid, Buffer.from(octets));
}
