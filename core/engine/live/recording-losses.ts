import type { JournalEntry, Json } from "../../case/journal.ts";
import { countOf } from "../../contracts/text-forms.ts";
import { namesText } from "../../record/left-files.ts";

/** Sentences kept of each kind; what is beyond is counted. */
const MOST_SENTENCES = 20;

/** Key of what began with it, as those of interfaces have their names. */
const DISK_FULL = "disk-full ";

/** A span in which nothing was recorded, ISO 8601 UTC. */
interface Span {
  readonly from: string;
  readonly to: string;
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
  readonly #spans: (Span & { readonly why: string; readonly whole: boolean })[] = [];
  /** What began and has not ended, by code and interface. */
  readonly #open = new Map<string, string>();
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

  /** Takes an entry of the recording's journal; they come in their order. */
  take(entry: JournalEntry): void {
    const { action, at, detail } = entry;
    switch (action) {
      case "recording-started":
        if (this.#lastEntry !== null)
          this.#span(this.#lastEntry, at, this.#isRunning ? "the recorder was ended by force" : "it was stopped", true);
        this.#begin(detail, at);
        this.#isRunning = true;
        this.#waiting = null;
        this.#interfaces = Array.isArray(detail["interfaces"]) ? detail["interfaces"].length : 1;
        this.#open.clear();
        break;
      case "recording-stopped":
        this.#isRunning = false;
        for (const key of [...this.#open.keys()]) this.#end(key, at);
        break;
      case "segment-closed":
      case "frames-lost":
        for (const each of listOf(detail["interfaces"])) this.#count(each, at);
        if (textOf(detail["why"]).startsWith("the driver ended")) this.#neverTold(at);
        break;
      case "interface-lost":
      case "disk-full":
        this.#open.set(`${action} ${textOf(detail["interface"])}`, at);
        break;
      case "interface-back":
        this.#end(`interface-lost ${textOf(detail["interface"])}`, at);
        break;
      case "disk-full-over":
        this.#end(DISK_FULL, at);
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
    this.#lastEntry = action === "segment-recovered" ? textOf(detail["written"]) || at : at;
  }

  /** Spans without any recording, ns as text, for the coverage's gaps. */
  gaps(): { readonly from: string; readonly to: string }[] {
    return this.#spans.filter(({ whole }) => whole).map(({ from, to }) => ({ from: nsOf(from), to: nsOf(to) }));
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
    const away = this.#spans.map(({ from, to, why }) => `Nothing was recorded between ${from} and ${to}: ${why}.`);
    return [...losses, ...away.slice(-MOST_SENTENCES), ...this.#steps];
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

  #end(key: string, at: string): void {
    const from = this.#open.get(key);
    if (from === undefined) return;
    this.#open.delete(key);
    if (key === DISK_FULL) this.#span(from, at, "the disk was full", true);
    else this.#span(from, at, `${key.slice("interface-lost ".length)} was away`, this.#interfaces === 1);
  }

  #span(from: string, to: string, why: string, whole: boolean): void {
    this.#spans.push({ from, to, why, whole });
    if (this.#spans.length > MOST_SPANS) this.#spans.shift();
  }
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
