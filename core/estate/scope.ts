import type { AllowEntry, ChangeWindow, JobWindow, Role } from "../contracts/estate.ts";
import { BacktrailError } from "../contracts/result.ts";
import type { FileProblem } from "../records/yaml-document.ts";
import { readYaml } from "../records/yaml-document.ts";
import type { RawScope } from "./scope-schema.ts";
import { RAW_SCOPE, scopeIssues } from "./scope-schema.ts";

/** What the investigator says about the site; see docs/scope.md. */
export interface Scope {
  readonly siteName: string | null;
  /** IANA name; job windows and "night" are in it. */
  readonly timeZone: string;
  readonly networks: readonly { readonly cidr: string; readonly name: string }[];
  readonly assets: readonly ScopeAsset[];
  /** Addresses and CIDRs from which administration is usual. */
  readonly adminSources: readonly string[];
  readonly adminAccounts: readonly string[];
  readonly windows: readonly JobWindow[];
  /** When changes are expected. */
  readonly changeWindows: readonly ChangeWindow[];
  /** Backup products of the site; empty if it does not say. */
  readonly products: readonly string[];
  readonly drills: readonly DrillPlan[];
  /** End of the part of the evidence that is known to be quiet, ms since 1970 UTC; null if it does not say. */
  readonly normalUntil: number | null;
  /** What is expected: entries of `allow`, and those that approved destinations and usual peers amount to. */
  readonly allow: readonly AllowEntry[];
  /** Detection parameters that differ from the defaults, by detection id. */
  readonly parameters: Readonly<Record<string, Readonly<Record<string, string | number>>>>;
}

/** One machine, a range of machines, or machines of a name. Exactly one of `address`, `network`, `matchName` is set. */
export interface ScopeAsset {
  readonly address: string | null;
  readonly network: string | null;
  readonly matchName: string | null;
  /** Name to show. */
  readonly name: string | null;
  readonly roles: readonly Role[];
  /** Whether it is part of the backup estate; null leaves that to its roles. */
  readonly inEstate: boolean | null;
}

/** Restore drills that the site means to hold. */
export interface DrillPlan {
  readonly name: string;
  readonly everyDays: number;
  /** Address or CIDR of the machines on which is restored. */
  readonly target: string;
  /** Times at which one was planned, ms since 1970 UTC; empty if any time will do. */
  readonly planned: readonly { readonly from: number; readonly to: number }[];
}

/** Thrown for a scope file that cannot be used; its message has the first problem, `problems` has all of them. */
export class ScopeError extends BacktrailError {
  readonly problems: readonly FileProblem[];

  constructor(file: string, problems: readonly FileProblem[]) {
    const shown = problems.slice(0, 5).map(({ line, column, message }) => `${file}:${line}:${column}: ${message}`);
    const more = problems.length > 5 ? [`and ${problems.length - 5} more`] : [];
    super("scope-invalid", [...shown, ...more].join("\n"));
    this.name = "ScopeError";
    this.problems = problems;
  }
}

/** A scope that says nothing: everything is inferred. */
export const EMPTY_SCOPE: Scope = {
  siteName: null,
  timeZone: "UTC",
  networks: [],
  assets: [],
  adminSources: [],
  adminAccounts: [],
  windows: [],
  changeWindows: [],
  products: [],
  drills: [],
  normalUntil: null,
  allow: [],
  parameters: {},
};

export interface ScopeOptions {
  /** Name of the file for messages. */
  readonly file?: string;
  /** Parameter names of each detection, so that a wrong id or name in the scope is told. */
  readonly detections?: ReadonlyMap<string, readonly string[]>;
}

/** Reads the text of a scope file. @throws ScopeError with every problem and its place. */
export function parseScope(text: string, options: ScopeOptions = {}): Scope {
  const file = options.file ?? "scope";
  const document = readYaml(text, MOST_ALIASES);
  if ("problems" in document) throw new ScopeError(file, document.problems);
  if (document.value === null || document.value === undefined) return EMPTY_SCOPE;
  const parsed = RAW_SCOPE.safeParse(document.value);
  const issues = parsed.success ? crossChecks(parsed.data, options.detections) : scopeIssues(parsed.error);
  if (!parsed.success || issues.length > 0)
    throw new ScopeError(
      file,
      issues.map(({ path, message }) => document.placed(path, message)),
    );
  return fromRaw(parsed.data);
}

/** A large site may say the same of many machines. */
const MOST_ALIASES = 100;

/** A problem by its path in the document. */
export interface ScopeIssue {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

function crossChecks(raw: RawScope, detections: ScopeOptions["detections"]): ScopeIssue[] {
  const issues: ScopeIssue[] = [];
  const seen = new Map<string, number>();
  for (const [index, { address }] of (raw.assets ?? []).entries()) {
    if (address === undefined) continue;
    const earlier = seen.get(address);
    if (earlier !== undefined) {
      issues.push({
        path: ["assets", index, "address"],
        message: `${address} is listed twice; put all of its roles into one entry`,
      });
    }
    seen.set(address, index);
  }
  if (detections === undefined) return issues;
  for (const [id, changed] of Object.entries(raw.parameters ?? {})) {
    const known = detections.get(id);
    if (known === undefined)
      issues.push({
        path: ["parameters", id],
        message: `there is no detection ${id}; "backtrail detections" lists them`,
      });
    for (const name of Object.keys(changed)) {
      if (known === undefined || known.includes(name)) continue;
      const names = known.length === 0 ? "it has none" : `it has ${known.join(", ")}`;
      issues.push({ path: ["parameters", id, name], message: `${id} has no parameter ${name}; ${names}` });
    }
  }
  for (const [index, { detection }] of (raw.allow ?? []).entries()) {
    if (detection === undefined || detection.includes("*") || detections.has(detection)) continue;
    issues.push({
      path: ["allow", index, "detection"],
      message: `there is no detection ${detection}; "backtrail detections" lists them`,
    });
  }
  return issues;
}

function fromRaw(raw: RawScope): Scope {
  const timeZone = raw.site?.time_zone ?? "UTC";
  return {
    siteName: raw.site?.name ?? null,
    timeZone,
    networks: (raw.site?.networks ?? []).map((network) =>
      typeof network === "string"
        ? { cidr: network, name: network }
        : { cidr: network.cidr, name: network.name ?? network.cidr },
    ),
    assets: (raw.assets ?? []).map((asset) => ({
      address: asset.address ?? null,
      network: asset.network ?? null,
      matchName: asset.address === undefined && asset.network === undefined ? (asset.name ?? null) : null,
      name: asset.name ?? null,
      roles: asset.roles ?? [],
      inEstate: asset.estate ?? null,
    })),
    adminSources: raw.admin?.sources ?? [],
    adminAccounts: raw.admin?.accounts ?? [],
    windows: (raw.jobs ?? []).map((job) => ({ ...windowOf(job, timeZone), source: "scope" as const })),
    changeWindows: (raw.change_windows ?? []).map((window) => windowOf(window, timeZone)),
    products: raw.products ?? [],
    drills: (raw.drills ?? []).map(({ name, every_days: everyDays, target, planned }) => ({
      name,
      everyDays,
      target,
      planned: planned ?? [],
    })),
    normalUntil: raw.normal?.until ?? null,
    allow: [...(raw.allow ?? []).map(allowEntry), ...approvals(raw), ...usualPeers(raw), ...drillTargets(raw)],
    parameters: raw.parameters ?? {},
  };
}

type RawWindow = NonNullable<RawScope["change_windows"]>[number];

function windowOf({ name, days, start, end, zone }: RawWindow, siteZone: string): ChangeWindow {
  return {
    name,
    days: days === undefined ? [1, 2, 3, 4, 5, 6, 7] : [...new Set(days.flat())].sort((a, b) => a - b),
    startMinute: start,
    endMinute: end,
    zone: zone ?? siteZone,
  };
}

function allowEntry(entry: NonNullable<RawScope["allow"]>[number]): AllowEntry {
  return {
    detection: entry.detection ?? null,
    source: entry.source ?? null,
    target: entry.target ?? null,
    user: entry.user ?? null,
    object: entry.object ?? null,
    reason: entry.reason,
  };
}

/** Findings that only say that data went to an approved destination, or that one is new. */
function approvals(raw: RawScope): AllowEntry[] {
  return (raw.approved ?? []).flatMap(({ destination, reason }) =>
    ["BT-EX-*", "BT-C2-010", "BT-BL-*"].map((detection) => ({
      detection,
      source: null,
      target: destination,
      user: null,
      object: null,
      reason: `The scope approves the destination: ${reason}`,
    })),
  );
}

/** A machine that drills restore to gets what drills move. */
function drillTargets(raw: RawScope): AllowEntry[] {
  return (raw.drills ?? []).flatMap(({ name, target }) =>
    ["BT-EX-008", "BT-EX-009"].map((detection) => ({
      detection,
      source: null,
      target,
      user: null,
      object: null,
      reason: `The scope names it as a target of the restore drill ${name}`,
    })),
  );
}

/** Detections that report a pair of hosts because it is new. */
const NEW_PEER = ["BT-BL-*", "BT-LM-010", "BT-LM-012", "BT-LM-019", "BT-LM-020", "BT-LM-022", "BT-AD-001", "BT-C2-010"];

function usualPeers(raw: RawScope): AllowEntry[] {
  return (raw.normal?.peers ?? []).flatMap(({ source, target, reason }) =>
    NEW_PEER.map((detection) => ({
      detection,
      source: source ?? null,
      target: target ?? null,
      user: null,
      object: null,
      reason: `The scope declares it as usual: ${reason}`,
    })),
  );
}
