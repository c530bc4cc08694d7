/** What a machine is to the backups. */
export const ROLES = [
  "backup-server",
  "proxy",
  "repository",
  "object-store",
  "agent",
  "console",
  "hypervisor",
  "vcenter",
  "tape",
  "domain-controller",
  "jump-host",
  "config-database",
  "file-server",
] as const;
export type Role = (typeof ROLES)[number];

/** Roles that make a machine part of the backup estate. */
export const ESTATE_ROLES: readonly Role[] = [
  "backup-server",
  "proxy",
  "repository",
  "object-store",
  "tape",
  "config-database",
];

/** One role of one machine. */
export interface RoleAssignment {
  readonly role: Role;
  /** 0 to 1; 1 when the investigator confirmed it. */
  readonly confidence: number;
  readonly source: "scope" | "inferred";
  /** In words, each a sentence without a full stop. */
  readonly reasons: readonly string[];
}

/** A machine seen in the capture or named in the scope. */
export interface Asset {
  readonly address: string;
  /** Best name seen (SMB, NTLM, DNS, TLS) or given; null if none. */
  readonly name: string | null;
  readonly roles: readonly RoleAssignment[];
  /** True if any role is an estate role at or above 0.6, or the scope says so. */
  readonly inEstate: boolean;
  /** True if the address is inside the site's networks (scope, else private ranges). */
  readonly internal: boolean;
}

/** When a backup job is allowed to run. */
export interface JobWindow {
  readonly name: string;
  /** Days of the week, 1 = Monday. */
  readonly days: readonly number[];
  /** Minutes from midnight in `zone`; `end` may be below `start` (over midnight). */
  readonly startMinute: number;
  readonly endMinute: number;
  readonly zone: string;
  readonly source: "scope" | "inferred";
}

/** When changes are expected: administration in it is less remarkable. */
export interface ChangeWindow {
  readonly name: string;
  /** Days of the week, 1 = Monday. */
  readonly days: readonly number[];
  /** Minutes from midnight in `zone`; `end` may be below `start` (over midnight). */
  readonly startMinute: number;
  readonly endMinute: number;
  readonly zone: string;
}

/** The backup estate as Backtrail understands it. */
export interface Estate {
  readonly assets: readonly Asset[];
  readonly networks: readonly { readonly cidr: string; readonly name: string }[];
  readonly windows: readonly JobWindow[];
}

/** A kind of finding that the investigator expects. A condition that is null holds for all; `*` stands for any characters. */
export interface AllowEntry {
  /** Detection id ("BT-LM-001"). */
  readonly detection: string | null;
  readonly source: string | null;
  readonly target: string | null;
  readonly user: string | null;
  readonly object: string | null;
  /** Why it is expected, as a sentence. */
  readonly reason: string;
}
