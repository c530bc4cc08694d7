import { basename, dirname, resolve } from "node:path";
import type { Case } from "../../case/case.ts";
import { placesOfRecords } from "../../case/query.ts";
import type { Finding } from "../../contracts/finding.ts";
import { RECORDING_FILES, segmentNumber } from "../../record/segment-store.ts";

/** Records looked up at once. */
const BATCH = 20_000;

/**
 * Names of the segments that hold the frames of the records behind findings. Records do not change, so each finding is looked at until all of
 * its records were found, and what is held stays so.
 */
export class HeldSegments {
  readonly #source: Case;
  readonly #held = new Set<string>();
  /** Findings whose segments are held, each with what tells its records. */
  #known: ReadonlySet<string> = new Set();

  constructor(source: Case) {
    this.#source = source;
  }

  /** All that these findings and those before hold. */
  async names(findings: readonly Finding[]): Promise<string[]> {
    const segments = this.#segments();
    // Where findings hold all that there is, as they soon do, nothing is looked up before the next segment.
    if (![...segments.values()].every((name) => this.#held.has(name))) {
      const missing = await this.#hold(findings, segments);
      this.#known = new Set(findings.filter(({ records }) => !records.some((rid) => missing.has(rid))).map(recordsKey));
    }
    return [...this.#held].sort();
  }

  /** Holds what findings rest on that are not known. @returns their records that are not in the case yet. */
  async #hold(findings: readonly Finding[], segments: ReadonlyMap<number, string>): Promise<Set<string>> {
    const fresh = findings.filter((finding) => !this.#known.has(recordsKey(finding)));
    const missing = new Set(fresh.flatMap(({ records }) => records));
    const records = [...missing];
    for (let from = 0; from < records.length; from += BATCH)
      for (const place of await placesOfRecords(this.#source.store, records.slice(from, from + BATCH))) {
        missing.delete(place.rid);
        for (let capture = place.capture; capture <= place.lastCapture; capture++) {
          const name = segments.get(capture);
          if (name !== undefined) this.#held.add(name);
        }
      }
    return missing;
  }

  /** Names of segments by the numbers of their captures. */
  #segments(): ReadonlyMap<number, string> {
    const folder = resolve(this.#source.folder, RECORDING_FILES.folder);
    return new Map(
      this.#source.ledger
        .summaries()
        .filter(({ path }) => dirname(path) === folder && segmentNumber(basename(path)) !== null)
        .map(({ number, path }) => [number, basename(path)]),
    );
  }
}

/** The same for a finding that rests on the same records; those beyond the first are not among them. */
function recordsKey({ id, records }: Finding): string {
  return `${id} ${records.length} ${records.at(-1) ?? ""}`;
}
