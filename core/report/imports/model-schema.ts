import { z } from "zod";
import type { Estate } from "../../contracts/estate.ts";
import { ROLES } from "../../contracts/estate.ts";
import { PHASES, SEVERITIES } from "../../contracts/finding.ts";
import type { CaptureSummary, Coverage, Incident, StepOutcome, Story, TamperLedger } from "../../contracts/story.ts";
import { STEP_OUTCOMES } from "../../contracts/story.ts";
import type { ReportModel } from "../model.ts";
import { FINDING } from "./finding-schema.ts";

/** What a report's `.json` holds, member by member as `ReportModel` declares it. */

const TEXT = z.string().max(100_000);
const TEXTS = z.array(TEXT);
const TIME = z.string().regex(/^-?\d{1,19}$/, "it must be a time in ns since 1970 as digits");
const COUNT = z.int().min(0);
const SHARE = z.number().min(0).max(1);
const OUTCOME = z.enum(["confirmed", "attempted", "refused", "observed"]);
const DAYS = z.array(z.int().min(1).max(7)).max(7);
const MINUTE = z.int().min(0).max(1440);

const STEP = z.strictObject({
  phase: z.enum(PHASES),
  tsFirst: TIME,
  tsLast: TIME,
  source: TEXT.nullable(),
  target: TEXT.nullable(),
  user: TEXT.nullable(),
  byTicket: z.literal(true).exactOptional(),
  sentence: TEXT,
  confidence: SHARE,
  basis: z.enum(["fact", "inference"]).exactOptional(),
  outcome: z.enum(Object.keys(STEP_OUTCOMES) as StepOutcome[]).exactOptional(),
  findings: TEXTS,
});

const INCIDENT = z.strictObject({
  id: TEXT,
  verdict: TEXT,
  confidence: SHARE,
  confidenceText: TEXT.exactOptional(),
  confidenceSum: z
    .strictObject({
      parts: z.array(
        z.strictObject({
          finding: TEXT,
          title: TEXT,
          confidence: SHARE,
          severity: z.enum(SEVERITIES),
          phase: z.enum(PHASES),
          weights: z.strictObject({ severity: SHARE, phase: SHARE }).nullable(),
          share: SHARE,
        }),
      ),
      bonus: SHARE,
      rule: TEXT,
    })
    .exactOptional(),
  tsFirst: TIME,
  tsLast: TIME,
  foothold: STEP.nullable(),
  steps: z.array(STEP),
  before: z
    .array(
      z.strictObject({
        source: TEXT,
        target: TEXT,
        user: TEXT.nullable(),
        what: TEXTS,
        times: z.array(TIME),
        count: COUNT,
        records: TEXTS,
      }),
    )
    .exactOptional(),
  arrival: STEP.nullable(),
  tampering: z.array(
    z.strictObject({
      ts: TIME,
      object: TEXT,
      operation: TEXT,
      outcome: OUTCOME,
      source: TEXT.nullable(),
      target: TEXT.nullable(),
      user: TEXT.nullable(),
      byTicket: z.literal(true).exactOptional(),
      finding: TEXT,
    }),
  ),
  wayOut: z.array(STEP),
  hosts: TEXTS,
  accounts: TEXTS,
  open: TEXTS,
  orElse: TEXTS.exactOptional(),
}) satisfies z.ZodType<Incident>;

const ESTATE = z.strictObject({
  assets: z.array(
    z.strictObject({
      address: TEXT,
      name: TEXT.nullable(),
      roles: z.array(
        z.strictObject({
          role: z.enum(ROLES),
          confidence: SHARE,
          source: z.enum(["scope", "inferred"]),
          reasons: TEXTS,
        }),
      ),
      inEstate: z.boolean(),
      internal: z.boolean(),
    }),
  ),
  networks: z.array(z.strictObject({ cidr: TEXT, name: TEXT })),
  windows: z.array(
    z.strictObject({
      name: TEXT,
      days: DAYS,
      startMinute: MINUTE,
      endMinute: MINUTE,
      zone: TEXT,
      source: z.enum(["scope", "inferred"]),
    }),
  ),
}) satisfies z.ZodType<Estate>;

const CAPTURE = z.strictObject({
  number: COUNT,
  path: TEXT,
  original: TEXT.exactOptional(),
  octets: COUNT,
  sha256: z.string().regex(/^(?:[0-9a-f]{64})?$/, "it must be a SHA-256"),
  format: TEXT,
  packets: COUNT,
  tsFirst: TIME.nullable(),
  tsLast: TIME.nullable(),
  damage: TEXTS,
}) satisfies z.ZodType<CaptureSummary>;

const COVERAGE = z.strictObject({
  captures: z.array(CAPTURE),
  tsFirst: TIME.nullable(),
  tsLast: TIME.nullable(),
  packets: COUNT,
  octets: COUNT,
  connections: COUNT,
  gaps: z.array(z.strictObject({ from: TIME, to: TIME })),
  missedOctets: COUNT,
  droppedPackets: COUNT.nullable(),
  duplicatePackets: COUNT,
  cutPackets: COUNT,
  oneWayConnections: COUNT,
  midStreamConnections: COUNT,
  encryptedShare: SHARE,
  unknownShare: SHARE,
  weirds: COUNT,
  limits: TEXTS,
  notKnown: TEXT.exactOptional(),
  baseline: TEXT.exactOptional(),
  notEvaluated: z.array(z.strictObject({ detection: TEXT, title: TEXT, reason: TEXT })),
}) satisfies z.ZodType<Coverage>;

const LEDGER = z.strictObject({
  acts: z.array(
    z.strictObject({
      incident: TEXT,
      tsFirst: TIME,
      tsLast: TIME,
      operation: TEXT,
      outcome: OUTCOME,
      object: TEXT,
      newObject: TEXT.nullable(),
      share: TEXT.nullable(),
      kind: TEXT.nullable(),
      protocol: TEXT,
      source: TEXT.nullable(),
      target: TEXT.nullable(),
      user: TEXT.nullable(),
      count: COUNT,
      octets: COUNT.nullable(),
      status: TEXT.nullable(),
      detail: TEXT.nullable(),
      records: TEXTS,
    }),
  ),
  more: COUNT,
  repositories: z.array(
    z.strictObject({
      address: TEXT,
      untouchedUntil: TIME,
      touched: z.strictObject({ ts: TIME, finding: TEXT, what: TEXT }).nullable(),
      lastBackup: z.strictObject({ ts: TIME, object: TEXT }).nullable(),
      caveats: TEXTS,
    }),
  ),
}) satisfies z.ZodType<TamperLedger>;

const CASE = z.strictObject({ name: TEXT, id: TEXT, version: TEXT });

const STORY = z.strictObject({
  case: CASE,
  verdict: TEXT,
  incidents: z.array(INCIDENT),
  findings: z.array(FINDING),
  setAside: z.array(z.strictObject({ finding: FINDING, reason: TEXT, by: z.enum(["allow-list", "backup-software"]) })),
  estate: ESTATE,
  coverage: COVERAGE,
  unknowns: TEXTS,
  ledger: LEDGER.exactOptional(),
}) satisfies z.ZodType<Story>;

const CUSTODY = z.array(
  z.strictObject({ seq: COUNT, at: TEXT, actor: TEXT, host: TEXT, action: TEXT, object: TEXT, hash: TEXT }),
);
const VERSIONS = z.record(z.string(), TEXT);
const VOLUME = z.array(z.strictObject({ from: TIME, octetsIn: COUNT, octetsOut: COUNT }));

/** A report's `.json` as it is written. */
export const REPORT_MODEL = z.strictObject({
  story: STORY,
  evidence: z.array(
    z.strictObject({
      finding: TEXT,
      table: TEXT,
      rid: TEXT,
      ts: TIME,
      uid: TEXT,
      capture: COUNT,
      frame: COUNT,
      lastCapture: COUNT,
      lastFrame: COUNT,
      fileOffset: COUNT.nullable(),
    }),
  ),
  evidenceLeftOut: COUNT,
  volume: z.strictObject({ whole: VOLUME, incident: VOLUME }),
  flows: z.array(
    z.strictObject({
      finding: TEXT,
      source: TEXT,
      target: TEXT,
      connections: COUNT,
      octetsOut: COUNT,
      octetsIn: COUNT,
      tsFirst: TIME,
      tsLast: TIME,
    }),
  ),
  notes: z.array(z.strictObject({ object: TEXT, text: TEXT, by: TEXT, at: TEXT, entry: COUNT })),
  conflicts: z.array(z.strictObject({ object: TEXT.nullable(), what: TEXT, here: TEXT, there: TEXT, entry: COUNT })),
  custody: CUSTODY,
  origins: z.array(
    z.strictObject({
      file: TEXT,
      sha256: TEXT,
      case: CASE,
      custody: CUSTODY,
      journalHead: TEXT,
      journalIntact: z.boolean(),
      versions: VERSIONS,
    }),
  ),
  journalHead: TEXT,
  journalIntact: z.boolean(),
  evaluated: COUNT,
  versions: VERSIONS,
}) satisfies z.ZodType<ReportModel>;
