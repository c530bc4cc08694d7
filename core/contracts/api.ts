import { z } from "zod";
import type { Note, OpenConflict, Review } from "./annotations.ts";
import { NOTE_OBJECT } from "./annotations.ts";
import type { DeskApi } from "./desk.ts";
import { DESK_ARGS, SUBJECT } from "./desk.ts";
import type { Role } from "./estate.ts";
import { ROLES } from "./estate.ts";
import type { RecordingReport } from "./recording.ts";
import type { Result } from "./result.ts";
import type { Story } from "./story.ts";
import type {
  CasePlace,
  ColumnSummary,
  DetectionView,
  EstateView,
  ExfiltrationView,
  FieldName,
  FilterMistake,
  Narrowing,
  OtherDissection,
  Matches,
  Overview,
  PacketPage,
  PacketView,
  SessionLane,
  StreamPage,
  Subject,
  TextPage,
  Work,
} from "./window.ts";

/** What the window shows of a case at first. */
export interface CaseView {
  readonly folder: string;
  /** True if nothing can be written: no verdicts and no notes then. */
  readonly readOnly: boolean;
  /** True if the story came from an export: the captures that it names are not in this case. */
  readonly imported: boolean;
  readonly story: Story;
  /** Record tables that have rows, with their count. */
  readonly tables: readonly { readonly name: string; readonly text: string; readonly rows: number }[];
  readonly notes: readonly Note[];
  /** What merged copies of the case disagree on. */
  readonly conflicts: readonly OpenConflict[];
  readonly journal: { readonly entries: number; readonly ok: boolean };
  /** Forms of the report that can be written, by the ending of the file name. */
  readonly reportForms: readonly { readonly ending: string; readonly text: string }[];
  /** Names of the templates that a report can follow. */
  readonly reportTemplates: readonly string[];
}

/** A recording as the window shows it. */
export interface LiveView {
  /** True while a recorder has the case. */
  readonly isRunning: boolean;
  /** What it last said of itself. */
  readonly report: RecordingReport;
}

type None = Record<string, never>;

/** Calls about the window itself: which case it shows, and what is being read into one. */
export interface WindowApi {
  /** The folder of the open case, null for none; the cases that lie where this program keeps them; what is going on. */
  "window.state": [
    arg: None,
    value: { readonly folder: string | null; readonly cases: readonly CasePlace[]; readonly work: Work },
  ];
  /** Opens a case folder in place of the one that is open. */
  "case.open": [arg: { folder: string }, value: { readonly folder: string }];
  "case.close": [arg: None, value: { readonly folder: null }];
  /** Records and analyses the sample incident, or opens it where that was done before; `window.state` tells how far it is. */
  "case.sample": [arg: None, value: { readonly work: Work }];
  /** Ends what is going on; nothing is kept of it. */
  "work.cancel": [arg: None, value: { readonly work: Work }];
}

/** Every call the window may make: argument, then value. */
export interface Api extends WindowApi, DeskApi, CaseApi {}

/** Calls about the case that is open. Without one they answer `no-case-open`. */
export interface CaseApi {
  /** The case that is open. */
  "case.view": [arg: None, value: CaseView];
  /** What filter and time range leave, and the volume over the whole capture in `buckets` parts. */
  "case.overview": [arg: Narrowing & { buckets: number }, value: Overview];
  "case.matches": [arg: Narrowing, value: Matches];
  /** Makes ready what the first filter needs, while a person looks at the first view. */
  "case.prepare": [arg: None, value: None];
  /** Record tables that the filter can search, with the rows that fit. */
  "case.tables": [arg: Narrowing, value: readonly { readonly name: string; readonly rows: number }[]];
  /** Hashes the evidence again and checks the journal. */
  "case.verify": [arg: None, value: { ok: boolean; lines: readonly string[] }];
  /** The custody journal, the latest entries first. */
  "case.journal": [arg: { first: number; count: number }, value: TextPage];
  /** Null if the filter can be read. */
  "filter.check": [arg: { filter: string }, value: FilterMistake | null];
  /** Every name that a filter may use. */
  "filter.names": [arg: None, value: readonly FieldName[]];
  /** The most frequent values of a field that begin with a text. */
  "filter.values": [
    arg: { field: string; prefix: string },
    value: readonly { readonly value: string; readonly rows: number }[],
  ];
  /** Records of one table that filter and time range leave; by time unless sorted by a column. */
  "records.page": [
    arg: Narrowing & {
      table: string;
      sort: { column: string; descending: boolean } | null;
      first: number;
      count: number;
    },
    value: TextPage,
  ];
  /** What a column holds in the records that filter and time range leave: its most frequent values, and numbers by size. */
  "records.column": [arg: Narrowing & { table: string; column: string; most: number }, value: ColumnSummary];
  /** The records of a finding or session, table by table. */
  "records.of": [arg: Subject, value: readonly { readonly table: string; readonly page: TextPage }[]];
  /** Rows of a query or filter that a person typed, at most 1000. */
  "query.run": [arg: { text: string }, value: TextPage & { readonly more: boolean }];
  /** Where the records behind a finding lie in the evidence. */
  "finding.evidence": [arg: { finding: string }, value: TextPage];
  /** Journals a verdict; null takes it back. A dismissal needs a reason. The story is then told of what counts. */
  "finding.review": [
    arg: { finding: string; verdict: "confirmed" | "dismissed" | null; reason: string | null },
    value: { readonly review: Review | null; readonly told: Pick<Story, "verdict" | "incidents" | "ledger"> },
  ];
  /** Journals a note and gives all that hold. */
  "note.add": [arg: { object: string; text: string }, value: readonly Note[]];
  /** Journals that a note no longer holds and gives all that do. */
  "note.remove": [arg: { entry: number }, value: readonly Note[]];
  /** The scope's text; null if the case has none, and all of the estate is inferred. */
  "scope.view": [arg: None, value: { readonly text: string | null }];
  /** Takes a scope, or none, and finds estate and findings anew; nothing is parsed again. `before` takes it back. */
  "scope.set": [arg: { text: string | null }, value: { readonly before: string | null }];
  /** Says in the scope what one machine is, and finds estate and findings anew. Null for `estate`: as its roles say. */
  "scope.machine": [
    arg: { address: string; roles: readonly Role[]; estate: boolean | null },
    value: { readonly before: string | null },
  ];
  "detection.view": [arg: { detection: string }, value: DetectionView];
  /** Octets of both directions of a session, from `first` on. */
  "stream.page": [arg: { session: string; first: number; count: number }, value: StreamPage];
  /** Packets of a session or of a finding's records; with `whole` of the sessions they belong to. */
  "packets.page": [arg: { subject: Subject; whole: boolean; first: number; count: number }, value: PacketPage];
  "packet.view": [arg: { capture: number; frame: number }, value: PacketView];
  /** The same frame as tshark reads it, where it is installed. */
  "packet.other": [arg: { capture: number; frame: number }, value: OtherDissection];
  /** Sessions of hosts over the time range, as counts in `parts` parts and one by one where they are few. */
  "timeline.sessions": [arg: Narrowing & { hosts: readonly string[]; parts: number }, value: readonly SessionLane[]];
  "exfiltration.view": [arg: Narrowing, value: ExfiltrationView];
  "estate.view": [arg: Narrowing, value: EstateView];
  /** The recording that fills the case; null for a case that was never recorded into. */
  "live.view": [arg: None, value: LiveView | null];
  /** Journals that a figure of the window was saved as a file with that hash. */
  "figure.saved": [
    arg: Narrowing & { figure: string; file: string; sha256: string },
    value: { readonly entry: number },
  ];
  /** The report as one page of HTML. */
  "report.preview": [arg: { template: string }, value: { readonly html: string }];
  /** Writes the report into the case's folder `reports`. */
  "report.write": [
    arg: { ending: string; template: string },
    value: { readonly path: string; readonly sha256: string },
  ];
}

export type ApiMethod = keyof Api;
export type Reply<M extends ApiMethod> = Promise<Result<Api[M][1]>>;
export type Handlers = { readonly [M in ApiMethod]: (arg: Api[M][0]) => Promise<Api[M][1]> };
export type CaseHandlers = Pick<Handlers, keyof CaseApi>;

const NOTHING = z.strictObject({}) satisfies z.ZodType<None>;
const NAME = z.string().max(100);
const TIME = z
  .string()
  .regex(/^-?\d{1,19}$/, { abort: true })
  .refine((text) => BigInt.asIntN(64, BigInt(text)) === BigInt(text), "a time beyond what 64 bits hold")
  .nullable();
const NARROWING = { filter: z.string().max(10_000), from: TIME, to: TIME };
const PAGE = { first: z.int().min(0), count: z.int().min(1).max(1000) };
const FRAME = z.strictObject({ capture: z.int().min(1), frame: z.int().min(1) });
const TEXT = z.string().trim().min(1).max(10_000);

/** The same arguments as the serving side checks them, since types stop at the process edge. */
export const ARGS = {
  ...DESK_ARGS,
  "window.state": NOTHING,
  "case.open": z.strictObject({ folder: z.string().trim().min(1).max(4096) }),
  "case.close": NOTHING,
  "case.sample": NOTHING,
  "work.cancel": NOTHING,
  "case.view": NOTHING,
  "case.overview": z.strictObject({ ...NARROWING, buckets: z.int().min(1).max(2000) }),
  "case.matches": z.strictObject(NARROWING),
  "case.prepare": NOTHING,
  "case.tables": z.strictObject(NARROWING),
  "case.verify": NOTHING,
  "case.journal": z.strictObject(PAGE),
  "filter.check": z.strictObject({ filter: NARROWING.filter }),
  "filter.names": NOTHING,
  "filter.values": z.strictObject({ field: NAME, prefix: z.string().max(200) }),
  "records.page": z.strictObject({
    ...NARROWING,
    ...PAGE,
    table: NAME,
    sort: z.strictObject({ column: NAME, descending: z.boolean() }).nullable(),
  }),
  "records.column": z.strictObject({ ...NARROWING, table: NAME, column: NAME, most: z.int().min(1).max(500) }),
  "records.of": SUBJECT,
  "query.run": z.strictObject({ text: z.string().max(20_000) }),
  "finding.evidence": z.strictObject({ finding: NAME }),
  "finding.review": z
    .strictObject({
      finding: NAME,
      verdict: z.enum(["confirmed", "dismissed"]).nullable(),
      reason: TEXT.nullable(),
    })
    .refine(({ verdict, reason }) => verdict !== "dismissed" || reason !== null, "a dismissal needs a reason"),
  "note.add": z.strictObject({ object: z.string().regex(NOTE_OBJECT), text: TEXT }),
  "note.remove": z.strictObject({ entry: z.int().min(1) }),
  "scope.view": NOTHING,
  "scope.set": z.strictObject({ text: z.string().max(50_000).nullable() }),
  "scope.machine": z.strictObject({
    address: NAME,
    roles: z.array(z.enum(ROLES)).max(ROLES.length),
    estate: z.boolean().nullable(),
  }),
  "detection.view": z.strictObject({ detection: NAME }),
  "stream.page": z.strictObject({
    session: NAME,
    first: z.int().min(0),
    count: z
      .int()
      .min(1)
      .max(256 * 1024),
  }),
  "packets.page": z.strictObject({ ...PAGE, subject: SUBJECT, whole: z.boolean() }),
  "packet.view": FRAME,
  "packet.other": FRAME,
  "timeline.sessions": z.strictObject({
    ...NARROWING,
    hosts: z.array(NAME).max(40),
    parts: z.int().min(1).max(2000),
  }),
  "exfiltration.view": z.strictObject(NARROWING),
  "estate.view": z.strictObject(NARROWING),
  "live.view": NOTHING,
  "figure.saved": z.strictObject({
    ...NARROWING,
    figure: NAME,
    file: z.string().max(200),
    sha256: z.string().regex(/^[0-9a-f]{64}$/),
  }),
  "report.preview": z.strictObject({ template: NAME }),
  "report.write": z.strictObject({ ending: z.string().regex(/^\.[a-z0-9.-]{1,40}$/), template: NAME }),
} satisfies { [M in ApiMethod]: z.ZodType<Api[M][0]> };
