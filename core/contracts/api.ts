import { z } from "zod";
import type { Result } from "./result.ts";
import type { Story } from "./story.ts";
import type { VolumeBucket } from "./volume.ts";

/** Rows as columns of text, ready to show: times RFC 3339, lists joined by commas, "" where unset. */
export interface TextPage {
  readonly columns: readonly { readonly name: string; readonly kind: string; readonly text: string }[];
  readonly rows: readonly (readonly string[])[];
  /** Rows that match in all. */
  readonly total: number;
}

/** What the window shows of a case at first. */
export interface CaseView {
  readonly folder: string;
  readonly story: Story;
  readonly volume: { readonly whole: readonly VolumeBucket[]; readonly incident: readonly VolumeBucket[] };
  /** Record tables that have rows, with their count. */
  readonly tables: readonly { readonly name: string; readonly text: string; readonly rows: number }[];
  readonly journal: { readonly entries: number; readonly ok: boolean };
}

/** Every call the window may make: argument, then value. */
export interface Api {
  /** The case that is open. */
  "case.view": [arg: Record<string, never>, value: CaseView];
  /** Records of one table, in time order (or the latest first), that match a filter ("" for all). */
  "records.page": [
    arg: { table: string; filter: string; latestFirst: boolean; first: number; count: number },
    value: TextPage,
  ];
  /** Where the records behind a finding lie in the evidence. */
  "finding.evidence": [arg: { finding: string }, value: TextPage];
  /** Hashes the evidence again and checks the journal. */
  "case.verify": [arg: Record<string, never>, value: { ok: boolean; lines: readonly string[] }];
}

export type ApiMethod = keyof Api;
export type Reply<M extends ApiMethod> = Promise<Result<Api[M][1]>>;
export type Call = <M extends ApiMethod>(method: M, arg: Api[M][0]) => Reply<M>;
export type Handlers = { readonly [M in ApiMethod]: (arg: Api[M][0]) => Promise<Api[M][1]> };

const NOTHING = z.strictObject({}) satisfies z.ZodType<Record<string, never>>;

/** The same arguments as the serving side checks them, since types stop at the process edge. */
export const ARGS = {
  "case.view": NOTHING,
  "records.page": z.strictObject({
    table: z.string().max(100),
    filter: z.string().max(10_000),
    latestFirst: z.boolean(),
    first: z.int().min(0),
    count: z.int().min(1).max(1000),
  }),
  "finding.evidence": z.strictObject({ finding: z.string().max(100) }),
  "case.verify": NOTHING,
} satisfies { [M in ApiMethod]: z.ZodType<Api[M][0]> };
