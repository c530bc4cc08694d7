import { host, type Host, type Network } from "./host.ts";

/**
 * Norrvik Instruments, a maker of measuring devices that does not exist: 40 people, one site, one Internet line. All
 * outside addresses are from the ranges kept for documentation (RFC 5737, RFC 3849), all outside names from RFC 2606.
 */
export const DOMAIN = "norrvik.example";
export const REALM = "NORRVIK.EXAMPLE";
export const NETBIOS_DOMAIN = "NORRVIK";

/** The recorder hangs on a mirror port of the core switch, closest to the backup network. */
export const NETWORKS = {
  backup: { name: "backup", cidr: "10.30.0.0/24", router: "0a:1b:5e:fe:00:30", watched: 5 },
  server: { name: "server", cidr: "10.20.0.0/24", router: "0a:1b:5e:fe:00:20", watched: 4 },
  management: { name: "management", cidr: "10.40.0.0/24", router: "0a:1b:5e:fe:00:40", watched: 3 },
  lab: { name: "lab", cidr: "10.50.0.0/24", router: "0a:1b:5e:fe:00:50", watched: 2 },
  office: { name: "office", cidr: "10.10.0.0/24", router: "0a:1b:5e:fe:00:10", watched: 1 },
  outside: { name: "outside", cidr: "0.0.0.0/0", router: "0a:1b:5e:fe:00:01", watched: 0 },
} as const satisfies Record<string, Network>;

const inside = (
  name: string,
  ip: string,
  network: Network,
  roles: Host["roles"],
  stack: Host["stack"] = "windows",
): Host => host({ name, ip, network, roles, domain: DOMAIN, stack });

const outside = (name: string, ip: string, roundTripMs: number): Host =>
  host({
    name,
    ip,
    network: NETWORKS.outside,
    roles: ["external"],
    domain: DOMAIN,
    stack: "linux",
    roundTripNs: roundTripMs * 1e6,
  });

const { backup, server, management, lab, office } = NETWORKS;

/** The machines inside. */
export const HOSTS = {
  dc1: inside("DC01", "10.20.0.10", server, ["domain-controller", "agent"]),
  dc2: inside("DC02", "10.20.0.11", server, ["domain-controller"]),
  files: inside("FS01", "10.20.0.20", server, ["file-server", "agent"]),
  mail: inside("MAIL01", "10.20.0.25", server, ["mail-server", "agent"], "linux"),
  app: inside("APP01", "10.20.0.30", server, ["agent"]),
  intranet: inside("WEB01", "10.20.0.40", server, ["web-server"], "linux"),
  printer: inside("PRN01", "10.20.0.45", server, ["printer"], "linux"),
  logs: inside("LOG01", "10.20.0.50", server, ["log-collector"], "linux"),
  hypervisor: inside("ESX01", "10.20.0.60", server, ["hypervisor"], "linux"),
  backup: inside("BKP01", "10.30.0.10", backup, ["backup-server"]),
  proxy: inside("PRX01", "10.30.0.20", backup, ["proxy"]),
  repository: inside("REPO01", "10.30.0.30", backup, ["repository"]),
  admin: inside("ADM01", "10.40.0.21", management, ["console"]),
  jump: inside("JUMP01", "10.40.0.10", management, ["jump-host"]),
  lab: inside("LAB01", "10.50.0.15", lab, ["drill-lab"]),
} as const;

/** People's machines: WS101 and so on. */
export const WORKSTATIONS: readonly Host[] = Array.from({ length: 16 }, (_, i) =>
  inside(`WS${101 + i}`, `10.10.0.${101 + i}`, office, ["workstation"]),
);

export const OUTSIDE = {
  news: outside("www.news.example", "198.51.100.20", 14),
  shop: outside("shop.supplier.example", "198.51.100.34", 22),
  search: outside("search.example", "198.51.100.50", 9),
  video: outside("cdn.video.example", "198.51.100.81", 7),
  office: outside("docs.office-suite.example", "192.0.2.40", 11),
  updates: outside("updates.os-vendor.example", "192.0.2.66", 12),
  backupVendor: outside("updates.backup-vendor.example", "192.0.2.90", 31),
  mailRelay: outside("mx.provider.example", "192.0.2.25", 13),
  resolver: outside("ns.provider.example", "192.0.2.53", 6),
  time: outside("time.provider.example", "192.0.2.123", 6),
  /** Page that the phishing mail points to. */
  lure: outside("invoice-portal.example.com", "203.0.113.45", 39),
  /** Where the intruder's implant reports to. */
  control: outside("cdn-metrics.example.net", "203.0.113.50", 41),
  /** Where the stolen backups go. */
  drop: outside("files.transfer-box.example.org", "203.0.113.77", 58),
} as const;

export interface Account {
  readonly user: string;
  readonly about: string;
}

export const ACCOUNTS = {
  backupService: { user: "svc-backup", about: "runs the backup jobs" },
  backupAdmin: { user: "adm-lindqvist", about: "administrator of backups and servers" },
  domainAdmin: { user: "adm-berg", about: "domain administrator, used by the intruder after his hash was replicated" },
  helpdesk: { user: "adm-helpdesk", about: "help desk, local administrator of servers; its password was guessed" },
} as const satisfies Record<string, Account>;

/** The person at each workstation. */
export const PEOPLE: readonly string[] = [
  "a.sandell", "b.holm", "c.nyman", "d.ek", "e.lund", "f.wik", "g.dahl", "h.stenberg",
  "i.norman", "j.alm", "k.frisk", "l.backman", "m.osterlund", "n.hallgren", "o.vinter", "p.sjogren",
]; // prettier-ignore

/** Ports of the backup software and of RPC services, fixed here as a site would find them. */
export const PORTS = {
  agent: 6184,
  transport: 6162,
  guestHelper: 6173,
  console: 9392,
  secureConnections: 9401,
  agentChannel: 10005,
  dataFirst: 2500,
  dataLast: 2560,
  drsuapi: 49667,
  netlogon: 49668,
  wmi: 49703,
} as const;
