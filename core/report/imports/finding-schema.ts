import { z } from "zod";
import type { Finding } from "../../contracts/finding.ts";
import { PHASES, RECORDS_KEPT, SEVERITIES } from "../../contracts/finding.ts";

const TEXT = z.string().max(100_000);
const TEXTS = z.array(TEXT).max(1000);
const TIME = z.string().regex(/^-?\d{1,19}$/, "it must be a time in ns since 1970 as digits");
const CONFIDENCE = z.number().min(0).max(1);
const BASIS = z.enum(["fact", "inference"]);

/** A finding as exports hold it whole. */
export const FINDING = z.strictObject({
  id: z.string().regex(/^F-[0-9a-f]{4,40}$/i, "it must be the id of a finding, F- and hex digits"),
  detection: TEXT,
  title: TEXT,
  phase: z.enum(PHASES),
  attack: TEXTS,
  severity: z.enum(SEVERITIES),
  confidence: CONFIDENCE,
  basis: BASIS,
  outcome: z.enum(["confirmed", "attempted", "refused", "observed"]),
  tsFirst: TIME,
  tsLast: TIME,
  source: TEXT.nullable(),
  target: TEXT.nullable(),
  user: TEXT.nullable(),
  spelled: TEXT.exactOptional(),
  byTicket: z.literal(true).exactOptional(),
  object: TEXT.nullable(),
  count: z.int().min(0),
  explanation: TEXT,
  records: z.array(TEXT).max(RECORDS_KEPT),
  recordCount: z.int().min(0),
  peaks: z
    .array(z.strictObject({ ts: TIME, octets: z.int().min(0), way: z.enum(["in", "out"]) }))
    .max(2)
    .exactOptional(),
  isUnread: z.literal(true).exactOptional(),
  harmless: TEXTS.exactOptional(),
  parameters: z.record(z.string(), z.union([z.string(), z.number()])),
  adjustments: TEXTS,
  also: z
    .array(
      z.strictObject({
        detection: TEXT,
        title: TEXT,
        attack: TEXTS,
        severity: z.enum(SEVERITIES),
        confidence: CONFIDENCE,
        basis: BASIS,
        explanation: TEXT,
        harmless: TEXTS.exactOptional(),
      }),
    )
    .max(1000),
  review: z
    .strictObject({
      verdict: z.enum(["confirmed", "dismissed"]),
      reason: TEXT.nullable(),
      by: TEXT,
      at: TEXT,
      entry: z.int().min(0),
    })
    .exactOptional(),
}) satisfies z.ZodType<Finding>;
