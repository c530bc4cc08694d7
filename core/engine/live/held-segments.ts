import { basename, dirname, resolve } from "node:path";
import type { Case } from "../../case/case.ts";
import type { RecordPlace } from "../../case/query.ts";
import { placesOfMany } from "../../case/query.ts";
import type { Finding } from "../../contracts/finding.ts";
import { RECORDING_FILES, segmentNumber } from "../../record/segment-store.ts";

/** Segments in which the frames behind a record or a finding lie. */
interface Held {
  readonly names: readonly string[];
  /** True once all of it was found, in captures that are known. */
  readonly isWhole: boolean;
}

type OpenPlaces = (rids: readonly string[]) => Promise<readonly RecordPlace[]>;

/** Names of segments by the numbers of their captures; null for a capture that is none. */
type Segments = ReadonlyMap<number, string | null>;

/**
 * Names of the segments that hold the frames of the records behind findings that stand. Records do not change, so each finding is looked at
 * until all of its records were found.
 */
export class HeldSegments {
  readonly #source: Pick<Case, "folder" | "ledger" | "store">;
  readonly #open: OpenPlaces;
  /** By what tells the records of a finding. */
  #known: ReadonlyMap<string, Held> = new Map();

  /** @param open Tells where records of connections that are open lie up to now, of some ids. */
  constructor(source: Pick<Case, "folder" | "ledger" | "store">, open: OpenPlaces) {
    this.#source = source;
    this.#open = open;
  }

  /** All that these findings hold: what others held before is free. */
  async names(findings: readonly Finding[]): Promise<string[]> {
    const segments = this.#segments();
    const keys = new Set(findings.map(recordsKey));
    this.#known = new Map([...this.#known].filter(([key]) => keys.has(key)));
    const held = this.#held();
    // Where findings hold all that there is, as they soon do, nothing is looked up before the next segment.
    if ([...segments.values()].every((name) => name === null || held.has(name))) return [...held].sort();
    const fresh = findings.filter((finding) => this.#known.get(recordsKey(finding))?.isWhole !== true);
    const found = await this.#look(fresh, segments);
    this.#known = new Map([
      ...this.#known,
      ...fresh.map((finding) => [recordsKey(finding), heldByFinding(finding, found)] as const),
    ]);
    return [...this.#held()].sort();
  }

  #held(): ReadonlySet<string> {
    return new Set([...this.#known.values()].flatMap(({ names }) => names));
  }

  /** Where the records behind findings lie, by their ids. Those that are not known yet are missing. */
  async #look(findings: readonly Finding[], segments: Segments): Promise<ReadonlyMap<string, Held>> {
    const records = [...new Set(findings.flatMap((finding) => finding.records))];
    const found = new Map<string, Held>();
    for await (const place of placesOfMany(this.#source.store, records))
      found.set(place.rid, heldByRecord(place, segments));
    const missing = records.filter((rid) => !found.has(rid));
    // They go on in segments to come.
    for (const place of missing.length === 0 ? [] : await this.#open(missing))
      found.set(place.rid, { ...heldByRecord(place, segments), isWhole: false });
    return found;
  }

  #segments(): Segments {
    const folder = resolve(this.#source.folder, RECORDING_FILES.folder);
    return new Map(
      this.#source.ledger.summaries().map(({ number, path }) => {
        const isSegment = dirname(path) === folder && segmentNumber(basename(path)) !== null;
        return [number, isSegment ? basename(path) : null];
      }),
    );
  }
}

/** A capture that is not known yet has begun since: its name is to be asked for again. */
function heldByRecord({ capture, lastCapture }: RecordPlace, segments: Segments): Held {
  const names: string[] = [];
  let isWhole = true;
  for (let number = capture; number <= lastCapture; number++) {
    const name = segments.get(number);
    if (name === undefined) isWhole = false;
    else if (name !== null) names.push(name);
  }
  return { names, isWhole };
}

function heldByFinding({ records }: Finding, found: ReadonlyMap<string, Held>): Held {
  const held = records.map((rid) => found.get(rid));
  return {
    names: [...new Set(held.flatMap((place) => place?.names ?? []))],
    isWhole: held.every((place) => place?.isWhole === true),
  };
}

/** The same for a finding that rests on the same records; those beyond the first are not among them. */
function recordsKey({ id, records }: Finding): string {
  return `${id} ${records.length} ${records.at(-1) ?? ""}`;
}
