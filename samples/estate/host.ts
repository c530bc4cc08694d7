import { addressOf, macOf, type Endpoint, type Stack } from "../wire/endpoint.ts";
import type { NtlmServer } from "../speak/ntlm.ts";

/** What a machine is for; the same words as the scope of a case uses where it has them. */
export type HostRole =
  | "backup-server"
  | "proxy"
  | "repository"
  | "agent"
  | "console"
  | "hypervisor"
  | "domain-controller"
  | "jump-host"
  | "file-server"
  | "mail-server"
  | "web-server"
  | "printer"
  | "log-collector"
  | "drill-lab"
  | "workstation"
  | "external";

export interface Host extends Endpoint {
  /** Upper-case NetBIOS name; for machines outside the DNS name. */
  readonly name: string;
  readonly dnsName: string;
  readonly roles: readonly HostRole[];
  /** True inside the site. */
  readonly isInternal: boolean;
}

/** A network of the site, or what lies behind its Internet line. */
export interface Network {
  readonly name: string;
  readonly cidr: string;
  readonly router: string;
  /** See `Endpoint.watched`. */
  readonly watched: number;
}

export interface HostFields {
  readonly name: string;
  readonly ip: string;
  readonly network: Network;
  readonly roles: readonly HostRole[];
  readonly domain: string;
  readonly stack?: Stack;
  readonly roundTripNs?: number;
  readonly hops?: number;
}

export function host(fields: HostFields): Host {
  const address = addressOf(fields.ip);
  const low = address.subarray(-3);
  const mac = Uint8Array.of(0x0a, 0x1b, 0x5e, low[0] ?? 0, low[1] ?? 0, low[2] ?? 0);
  const isInternal = fields.network.watched > 0;
  return {
    name: fields.name,
    dnsName: isInternal ? `${fields.name.toLowerCase()}.${fields.domain}` : fields.name,
    ip: fields.ip,
    address,
    mac,
    router: macOf(fields.network.router),
    network: fields.network.name,
    stack: fields.stack ?? "windows",
    hops: fields.hops ?? (isInternal ? 1 : 11),
    roundTripNs: fields.roundTripNs ?? (isInternal ? 260_000 : 18_000_000),
    watched: fields.network.watched,
    roles: fields.roles,
    isInternal,
  };
}

/** How the machine names itself in NTLM. */
export function ntlmServerOf(machine: Host, netbiosDomain: string, dnsDomain: string): NtlmServer {
  return { netbiosName: machine.name, netbiosDomain, dnsName: machine.dnsName, dnsDomain };
}
