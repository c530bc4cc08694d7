import { isIPv4, isIPv6 } from "node:net";
import type { Finding } from "../../../contracts/finding.ts";
import { isoTime } from "../../../contracts/text-forms.ts";
import { hasPorts } from "../evidence.ts";
import type { Session } from "../export.ts";
import type { StixObject } from "./objects.ts";
import { observable } from "./objects.ts";

/** What a protocol may be called in STIX. */
const WORD = /^[a-z][a-z0-9-]*$/;

/** The observables of an export, each once. */
export class Observables {
  readonly #objects = new Map<string, StixObject>();

  get all(): readonly StixObject[] {
    return [...this.#objects.values()];
  }

  /** Null for what is no IP address (a MAC address stands for hosts without one). */
  address(address: string): string | null {
    if (isIPv4(address)) return this.#keep(observable("ipv4-addr", { value: address }));
    if (isIPv6(address)) return this.#keep(observable("ipv6-addr", { value: address }));
    if (/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/.test(address)) return this.#keep(observable("mac-addr", { value: address }));
    return null;
  }

  account(user: string): string {
    return this.#keep(observable("user-account", { account_login: user }));
  }

  /** Null where neither end is an address. */
  traffic(session: Session): string | null {
    const [source, target] = [this.address(session.source), this.address(session.target)];
    if (source === null && target === null) return null;
    const ports = hasPorts(session);
    const identity = {
      ...(target === null ? {} : { dst_ref: target }),
      ...(ports ? { dst_port: session.targetPort } : {}),
      end: isoTime(session.last),
      protocols: protocolsOf(session),
      ...(source === null ? {} : { src_ref: source }),
      ...(ports ? { src_port: session.sourcePort } : {}),
      start: isoTime(session.first),
    };
    return this.#keep(
      observable("network-traffic", identity, {
        is_active: false,
        ...counted("src_byte_count", session.sourceOctets),
        ...counted("dst_byte_count", session.targetOctets),
        ...counted("src_packets", session.sourcePackets),
        ...counted("dst_packets", session.targetPackets),
      }),
    );
  }

  /** What a finding is about: its hosts, its account and the connections behind it. */
  of(finding: Finding, sessions: readonly Session[]): string[] {
    const refs = [
      ...[finding.source, finding.target].map((address) => (address === null ? null : this.address(address))),
      finding.user === null ? null : this.account(finding.user),
      ...sessions.map((session) => this.traffic(session)),
    ];
    return [...new Set(refs.filter((ref) => ref !== null))];
  }

  #keep(object: StixObject): string {
    if (!this.#objects.has(object.id)) this.#objects.set(object.id, object);
    return object.id;
  }
}

/** Outer to inner, lower case: "ipv4", "tcp", "smb". */
function protocolsOf(session: Session): string[] {
  const network = isIPv6(session.source) || isIPv6(session.target) ? "ipv6" : "ipv4";
  const words = [network, session.proto, ...session.services.map((service) => service.replaceAll("_", "-"))];
  return words.map((word) => word.toLowerCase()).filter((word) => WORD.test(word));
}

function counted(name: string, value: number | null): Record<string, number> {
  return value === null ? {} : { [name]: value };
}
