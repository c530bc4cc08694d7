import type { TimeNs } from "./finding.ts";
import type { VolumeBucket } from "./volume.ts";

/** What the calls of the window answer with; every answer is bounded. */

/** Longest cell that goes to the window; a name of a megabyte is told by its beginning and its length, which is longer then. */
export const LONGEST_CELL = 4000;

/** Rows as columns of text, ready to show: times RFC 3339, lists joined by commas, "" where unset. */
export interface TextPage {
  readonly columns: readonly { readonly name: string; readonly kind: string; readonly text: string }[];
  readonly rows: readonly (readonly string[])[];
  /** Rows that match in all. */
  readonly total: number;
}

/** A case that can be opened. */
export interface CasePlace {
  readonly folder: string;
  readonly name: string;
  /** ISO 8601 UTC. */
  readonly created: string;
}

/** What goes on beside the calls: captures being read into a case that is opened afterwards. */
export type Work =
  | { readonly kind: "none" }
  | {
      readonly kind: "running";
      readonly what: string;
      /** What is being done now, in words. */
      readonly stage: string;
      /** 0 to 1; null while the end is not known. */
      readonly share: number | null;
      readonly octetsPerSecond: number;
      readonly secondsLeft: number | null;
    }
  | { readonly kind: "failed"; readonly what: string; readonly message: string };

/** What a column holds in the records that a narrowing leaves. */
export interface ColumnSummary {
  readonly rows: number;
  /** Records in which it is not set. */
  readonly unset: number;
  /** How many different values there are. */
  readonly distinct: number;
  /** The most frequent first. */
  readonly values: readonly {
    readonly value: string;
    readonly rows: number;
    readonly first: TimeNs;
    readonly last: TimeNs;
  }[];
  /** Even spans from the smallest to the largest value; none unless it is a number or a time. */
  readonly bins: readonly { readonly from: string; readonly to: string; readonly rows: number }[];
}

/** What narrows every view: the filter ("" for none) and the time range. */
export interface Narrowing {
  readonly filter: string;
  readonly from: TimeNs | null;
  readonly to: TimeNs | null;
}

/** Volume of the estate, and how many sessions began, in one span of time. */
export interface OverviewBucket extends VolumeBucket {
  readonly sessions: number;
}

/** What a narrowing leaves of the sessions. */
export interface Overview {
  readonly from: TimeNs | null;
  readonly to: TimeNs | null;
  /** Sessions over the whole capture that the filter fits. */
  readonly buckets: readonly OverviewBucket[];
  /** Sessions that filter and time range fit. */
  readonly sessions: number;
  readonly ms: number;
}

/** What a narrowing leaves of the story. */
export interface Matches {
  /** Ids of the findings that filter and time range fit. */
  readonly findings: readonly string[];
  /** First record of each act on backups that filter and time range fit. */
  readonly acts: readonly string[];
}

/** Where and why a filter cannot be read. */
export interface FilterMistake {
  readonly message: string;
  /** UTF-16 offset of what is wrong, and its length (0: at the end). */
  readonly position: number;
  readonly length: number;
}

/** A name that a filter may use. */
export interface FieldName {
  readonly name: string;
  readonly text: string;
  readonly kind: string;
  readonly tables: readonly string[];
}

/** One piece of a stream, in the order of arrival. */
export interface StreamPart {
  readonly ts: TimeNs;
  readonly fromOriginator: boolean;
  /** Octets as base64; null for a gap of `lost` octets. */
  readonly base64: string | null;
  readonly lost: number;
  /** Octets of both directions before this piece. */
  readonly at: number;
}

export interface StreamPage {
  /** "10.1.2.3:50000" and "10.1.2.4:445". */
  readonly originator: string;
  readonly responder: string;
  readonly proto: string;
  readonly parts: readonly StreamPart[];
  /** True if octets follow those given. */
  readonly more: boolean;
}

/** What packets, records and streams are asked of. */
export interface Subject {
  readonly kind: "finding" | "session";
  readonly id: string;
}

/** One line of the packet list. */
export interface PacketLine {
  readonly capture: number;
  readonly frame: number;
  readonly ts: TimeNs;
  readonly source: string;
  readonly destination: string;
  readonly protocol: string;
  readonly wireLength: number;
  readonly info: string;
}

export interface PacketPage {
  readonly total: number;
  readonly packets: readonly PacketLine[];
}

/** A field of a packet and the octets that say it: `from` included, `to` not; both 0 where no octets are its own. */
export interface FieldNode {
  readonly label: string;
  readonly value: string;
  readonly from: number;
  readonly to: number;
  readonly children: readonly FieldNode[];
}

export interface PacketView {
  readonly capture: number;
  readonly frame: number;
  readonly base64: string;
  readonly wireLength: number;
  readonly linkType: string;
  /** Headers as Backtrail reads them. */
  readonly fields: readonly FieldNode[];
}

/** What tshark, where it is installed, makes of a frame. */
export interface OtherDissection {
  readonly fields: readonly FieldNode[];
  /** Why there are no fields, or what to know of them, as a sentence. */
  readonly note: string;
}

/** A detection as a person reads it. */
export interface DetectionView {
  readonly id: string;
  readonly title: string;
  readonly explanation: string;
  readonly query: string;
  readonly parameters: Readonly<Record<string, string | number>>;
  readonly needs: readonly string[];
  readonly falsePositives: readonly string[];
  readonly references: readonly string[];
  readonly blindTo: readonly string[];
}

/** Sessions of one lane of the timeline. */
export interface SessionLane {
  readonly host: string;
  /** Sessions in each of the buckets. */
  readonly counts: readonly number[];
  /** The sessions themselves where they are few enough to be drawn. */
  readonly bars: readonly {
    readonly uid: string;
    readonly from: TimeNs;
    readonly to: TimeNs;
    readonly words: string;
  }[];
  readonly sessions: number;
}

/** Octets from one host to another. */
export interface Flow {
  readonly source: string;
  readonly target: string;
  readonly service: string;
  readonly octets: number;
  readonly returned: number;
  readonly sessions: number;
}

export interface ExfiltrationView {
  /** Octets that hosts inside sent out, the largest first. */
  readonly flows: readonly Flow[];
  readonly more: { readonly flows: number; readonly octets: number };
  /** Octets sent out by hour of the week, UTC; 0 is Monday from 00:00. */
  readonly hours: readonly number[];
  /** How many times each hour of the week lies in the span. */
  readonly weeks: readonly number[];
  /** Octets of each destination from the beginning on; the last point is the whole. */
  readonly destinations: readonly {
    readonly address: string;
    readonly points: readonly (readonly [ts: TimeNs, octets: number])[];
  }[];
}

/** A pair of hosts of which one is of the estate. */
export interface Pair {
  readonly source: string;
  readonly target: string;
  readonly octets: number;
  readonly sessions: number;
  readonly first: TimeNs;
  readonly last: TimeNs;
  readonly services: string;
}

export interface EstateView {
  readonly pairs: readonly Pair[];
  /** Pairs beyond those given. */
  readonly more: number;
  readonly products: readonly {
    readonly host: string;
    readonly product: string;
    readonly version: string;
    readonly component: string;
    readonly records: number;
  }[];
  readonly jobs: readonly {
    /** Number by which the runs name it. */
    readonly job: number;
    readonly name: string;
    readonly way: string;
    readonly receiver: string;
    readonly senders: readonly string[];
    readonly startMinute: number;
    readonly runs: number;
    readonly regularity: number;
    readonly octets: number;
    readonly zone: string;
  }[];
  readonly jobRuns: readonly {
    readonly job: number;
    readonly from: TimeNs;
    readonly to: TimeNs;
    readonly octets: number;
  }[];
}
