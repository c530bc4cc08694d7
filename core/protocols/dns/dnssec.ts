import type { ByteReader } from "../../bytes/reader.ts";
import type { DnsWeird } from "./weirds.ts";

/** Something odd about a record, with what to add to it. */
export interface Oddity {
  readonly name: DnsWeird;
  readonly addl: string;
}

/** Algorithms of zone keys that are in use. IANA, DNS Security Algorithm Numbers */
const ALGORITHMS: ReadonlySet<number> = new Set([2, 3, 4, 5, 6, 7, 8, 10, 12, 13, 14, 15, 16]);
const RSA_MD5 = 1;
const INDIRECT = 252;
const PRIVATE_DNS = 253;
const PRIVATE_OID = 254;

const ZONE_KEY = 0x0100;
const REVOKED = 0x0080;
const ENTRY_POINT = 0x0001;
/** The only protocol that a DNSKEY may name. RFC 4034 2.1.2 */
const DNSSEC_PROTOCOL = 3;

/** What is odd about the algorithm of a key or signature, with Zeek's names; null for one that is in use. */
function algorithmOddity(record: "RRSIG" | "DNSKEY", algorithm: number): Oddity | null {
  if (ALGORITHMS.has(algorithm)) return null;
  const addl = String(algorithm);
  switch (algorithm) {
    case RSA_MD5:
      return { name: `DNSSEC_${record}_NotRecommended_ZoneSignAlgo`, addl };
    case INDIRECT:
      return { name: `DNSSEC_${record}_Indirect_ZoneSignAlgo`, addl };
    case PRIVATE_DNS:
      return { name: `DNSSEC_${record}_PrivateDNS_ZoneSignAlgo`, addl };
    case PRIVATE_OID:
      return { name: `DNSSEC_${record}_PrivateOID_ZoneSignAlgo`, addl };
    default:
      return { name: `DNSSEC_${record}_unknown_ZoneSignAlgo`, addl };
  }
}

export function signatureOddities(algorithm: number): Oddity[] {
  const oddity = algorithmOddity("RRSIG", algorithm);
  return oddity === null ? [] : [oddity];
}

/** What servers of Windows keep beside a signature: a header and the signer's name, in 65,535 octets with it. */
const KEPT_HEADER = 20;
const LONGEST_NAME = 257;
const MOST_KEPT = 0xffff;

/**
 * A signature that leaves no room for a signer's name, which a pointer of two octets can make as long as a name may be: what CVE-2020-1350 is exploited
 * with. Others have some hundred octets.
 * @param octets Length of the signature.
 */
export function overflowOddities(octets: number): Oddity[] {
  return KEPT_HEADER + LONGEST_NAME + octets > MOST_KEPT ? [{ name: "DNS_SIG_overflow", addl: String(octets) }] : [];
}

/** RFC 4034 2.1, RFC 5011 7 */
export function keyOddities(flags: number, protocol: number, algorithm: number): Oddity[] {
  const oddities: Oddity[] = [];
  const known = ZONE_KEY | REVOKED | ENTRY_POINT;
  if ((flags & ~known) !== 0) oddities.push({ name: "DNSSEC_DNSKEY_Invalid_Flag", addl: String(flags) });
  if ((flags & known) === known) oddities.push({ name: "DNSSEC_DNSKEY_Revoked_KSK", addl: String(flags) });
  if (protocol !== DNSSEC_PROTOCOL) oddities.push({ name: "DNSSEC_DNSKEY_Invalid_Protocol", addl: String(protocol) });
  const oddity = algorithmOddity("DNSKEY", algorithm);
  return oddity === null ? oddities : [...oddities, oddity];
}

/** Digest types are 1 to 4. IANA, Delegation Signer Digest Algorithms */
export function digestOddities(type: number): Oddity[] {
  const addl = String(type);
  if (type === 0) return [{ name: "DNSSEC_DS_ResrevedDigestType", addl }];
  return type > 4 ? [{ name: "DNSSEC_DS_unknown_DigestType", addl }] : [];
}

/** Reads the bit maps of types that an NSEC or NSEC3 record ends with: none may be empty. RFC 4034 4.1.2 */
export function bitmapOddities(r: ByteReader, name: "DNSSEC_NSEC_bitmapLen0" | "DNSSEC_NSEC3_bitmapLen0"): Oddity[] {
  while (r.left >= 2) {
    const window = r.u8();
    const octets = r.u8();
    if (octets === 0) return [{ name, addl: String(window) }];
    r.skip(Math.min(octets, r.left));
  }
  return [];
}
