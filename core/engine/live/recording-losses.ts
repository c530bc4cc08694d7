import type { JournalEntry, Json } from "../../case/journal.ts";
import { countOf } from "../../contracts/text-forms.ts";
import { namesText } from "../../record/left-files.ts";

/** Sentences kept of each kind; what is beyond is counted. */
const MOST_SENTENCES = 20;

/** What begins a span without frames, what ends it, and why there are none: of an interface where it names one. */
const AWAY = [
  { begins: "interface-lost", ends: ["interface-back"], why: (name: string) => `${name} was away` },
  // One that is back has a link, or says next that it has none.
  { begins: "link-down", ends: ["link-up", "interface-back"], why: (name: string) => `${name} had no link` },
  { begins: "disk-full", ends: ["disk-full-over"], why: () => "the disk was full" },
] as const satisfies readonly { begins: string; ends: readonly string[]; why: (name: string) => string }[];

/** A span in which nothing was recorded, ISO 8601 UTC. */
interface Span {
  readonly from: string;
  readonly to: string;
}

interface Away extends Span {
  /** The interface of which nothing was recorded; null for all. */
  readonly interface: string | null;
  readonly why: string;
}

interface Loss {
  readonly interface: string;
  readonly kernel: number;
  readonly driver: number;
  readonly own: number;
  readonly from: string;
  readonly to: string;
}

/** What a recording lost and when it was away, gathered from its journal: coverage for story and report. */
export class RecordingLosses {
  /** Frames that the recorder itself lost: the statistics of the segments do not have them. */
  ownDropped = 0;
  readonly #losses: Loss[] = [];
  #further = 0;
  readonly #spans: Away[] = [];
  /** What began and has not ended, by what it is and of which interface. */
  readonly #open = new Map<string, Omit<Away, "to">>();
  readonly #steps: string[] = [];
  /** Since when the kernel's drops of an interface are not known, by its name. */
  readonly #untold = new Map<string, string>();
  /** What was never told of the kernel's drops, each a sentence. */
  readonly #never: string[] = [];
  /** Where frames were left that may be in no segment, each a sentence by the names of the files. */
  readonly #left = new Map<string, string>();
  /** Where frames waited when recording was stopped; the next start takes them over, or says that they are left. */
  #waiting: string | null = null;
  #tellsAtEnd = false;
  #interfaces = 1;
  #lastEntry: string | null = null;
  #isRunning = false;

  /**
   * Takes an entry of the recording's journal; they come in their order.
   * @returns true if something began or ended for which no frames come.
   */
  take(entry: JournalEntry): boolean {
    const { action, at, detail } = entry;
    const open = this.#open.size;
    this.#takeAway(entry);
    switch (action) {
      case "recording-started":
        if (this.#lastEntry !== null) {
          this.#endAll(this.#lastEntry);
          this.#span({
            from: this.#lastEntry,
            to: at,
            interface: null,
            why: this.#isRunning ? "the recorder was ended by force" : "it was stopped",
          });
        }
        this.#begin(detail, at);
        this.#isRunning = true;
        this.#waiting = null;
        this.#interfaces = Array.isArray(detail["interfaces"]) ? detail["interfaces"].length : 1;
        break;
      case "recording-stopped":
        this.#isRunning = false;
        this.#endAll(at);
        break;
      case "segment-closed":
      case "frames-lost":
        for (const each of listOf(detail["interfaces"])) this.#count(each, at);
        if (textOf(detail["why"]).startsWith("the driver ended")) this.#neverTold(at);
        break;
      case "frames-left": {
        const files = filesOf(detail["files"]);
        this.#left.set(files, `Frames that may be in no segment are left in ${files} (${textOf(detail["why"])}).`);
        break;
      }
      case "frames-waiting":
        this.#waiting = `When recording was stopped at ${at}, frames waited in ${filesOf(detail["files"])}: they are recorded once the same interfaces are recorded into the case again.`;
        break;
      case "clock-stepped":
        if (this.#steps.length < MOST_SENTENCES)
          this.#steps.push(
            `The recorder's clock was set by ${textOf(detail["milliseconds"])} ms at ${at}: times before and after do not fit together.`,
          );
        break;
      default:
        break;
    }
    this.#lastEntry = action === "segment-recovered" ? latest(this.#lastEntry, textOf(detail["written"]) || at) : at;
    return this.#open.size !== open;
  }

  /** Spans without any recording, ns as text, for the coverage's gaps. @param now Where those end that go on, ISO 8601 UTC. */
  gaps(now = new Date().toISOString()): { readonly from: string; readonly to: string }[] {
    const open = [...this.#open.values()].filter(({ from }) => from < now).map((each) => ({ ...each, to: now }));
    return [...this.#spans, ...open]
      .filter((each) => each.interface === null)
      .map(({ from, to }) => ({ from: nsOf(from), to: nsOf(to) }));
  }

  /** What was lost, each a sentence. */
  sentences(): string[] {
    const losses = this.#losses.map(
      ({ interface: name, from, to, kernel, driver, own }) =>
        `Between ${from} and ${to} frames of ${name} were lost: ${kernel} by the kernel, ${driver} by the interface, ${own} by the recorder.`,
    );
    if (this.#further > 0)
      losses.push(`In ${countOf(this.#further, "further segment")} frames were lost too; the journal lists them.`);
    for (const [name, since] of this.#untold)
      losses.push(`What the kernel dropped of ${name} since ${since} is not known yet: dumpcap tells it when it ends.`);
    losses.push(...this.#never.slice(-MOST_SENTENCES), ...[...this.#left.values()].slice(-MOST_SENTENCES));
    if (this.#waiting !== null) losses.push(this.#waiting);
    const away = this.#spans.map(
      (each) => `${nothingOf(each)} was recorded between ${each.from} and ${each.to}: ${each.why}.`,
    );
    const open = [...this.#open.values()].map(
      (each) => `${nothingOf(each)} has been recorded since ${each.from}: ${each.why}.`,
    );
    return [...losses, ...away.slice(-MOST_SENTENCES), ...open.slice(0, MOST_SENTENCES), ...this.#steps];
  }

  /** What a driver had not told when it, or its recorder, was ended by force, it never will. */
  #neverTold(at: string): void {
    for (const [name, since] of this.#untold)
      this.#never.push(`What the kernel dropped of ${name} from ${since} to ${at} was never told.`);
    this.#untold.clear();
  }

  #begin(detail: JournalEntry["detail"], at: string): void {
    this.#neverTold(at);
    this.#tellsAtEnd = nameOf(detail["driver"]) === "dumpcap";
    if (!this.#tellsAtEnd || !Array.isArray(detail["interfaces"])) return;
    for (const name of detail["interfaces"] as readonly Json[]) this.#untold.set(textOf(name), at);
  }

  #count(each: { readonly [key: string]: Json }, to: string): void {
    const [kernel, driver, own] = [each["kernelDropped"], each["driverDropped"], each["ownDropped"]].map(numberOf) as [
      number,
      number,
      number,
    ];
    this.ownDropped += own;
    const name = textOf(each["name"]);
    if (each["kernelDropped"] !== null) this.#untold.delete(name);
    else if (this.#tellsAtEnd && !this.#untold.has(name)) this.#untold.set(name, textOf(each["from"]) || to);
    if (kernel + driver + own === 0) return;
    if (this.#losses.length >= MOST_SENTENCES) this.#further++;
    else this.#losses.push({ interface: name, kernel, driver, own, from: textOf(each["from"]) || to, to });
  }

  #takeAway({ action, at, detail }: JournalEntry): void {
    const name = textOf(detail["interface"]);
    for (const { begins, ends, why } of AWAY) {
      const key = `${begins} ${name}`;
      if (ends.some((each) => each === action)) this.#end(key, at);
      else if (action === begins && !this.#open.has(key))
        this.#open.set(key, { from: at, interface: this.#interfaces === 1 ? null : name || null, why: why(name) });
    }
  }

  #end(key: string, at: string): void {
    const open = this.#open.get(key);
    if (open === undefined) return;
    this.#open.delete(key);
    this.#span({ ...open, to: at });
  }

  #endAll(at: string): void {
    for (const key of [...this.#open.keys()]) this.#end(key, at);
  }

  #span(away: Away): void {
    // The clock may have been set back meanwhile, which is told by itself.
    if (away.from >= away.to) return;
    this.#spans.push(away);
    if (this.#spans.length > MOST_SPANS) this.#spans.shift();
  }
}

function latest(a: string | null, b: string): string {
  return a !== null && a > b ? a : b;
}

/** What was not recorded, for the begin of a sentence. */
function nothingOf({ interface: name }: Pick<Away, "interface">): string {
  return name === null ? "Nothing" : `Nothing of ${name}`;
}

const MOST_SPANS = 200;

function filesOf(value: Json | undefined): string {
  return namesText(Array.isArray(value) ? (value as readonly Json[]).map(textOf) : []);
}

function nsOf(iso: string): string {
  return (BigInt(Date.parse(iso)) * 1_000_000n).toString();
}

function numberOf(value: Json | undefined): number {
  return typeof value === "number" ? value : 0;
}

function textOf(value: Json | undefined): string {
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}

function nameOf(value: Json | undefined): string {
  return typeof value === "object" && value !== null && "name" in value ? textOf(value["name"]) : "";
}

function listOf(value: Json | undefined): readonly { readonly [key: string]: Json }[] {
  return Array.isArray(value) ? (value as readonly { readonly [key: string]: Json }[]) : [];
}
