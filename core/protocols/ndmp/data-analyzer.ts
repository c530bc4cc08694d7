import type { ByteReader } from "../../bytes/reader.ts";
import type { CarriedFile } from "../carried-file.ts";
import type { Analyzer, Connection } from "../protocol.ts";

/** Octets skipped at a time once nobody looks at them. */
const SKIP_OCTETS = 1 << 20;

/** A data connection that a control connection announced: a backup's stream goes over it, one way. */
export class NdmpDataAnalyzer implements Analyzer {
  readonly #conn: Connection;
  #file: CarriedFile | null = null;
  #isFromOriginator = true;
  /** Octets asked to be skipped since the last delivery. */
  #skipping = 0;

  constructor(conn: Connection) {
    this.#conn = conn;
    conn.confirm();
  }

  data(r: ByteReader, fromOriginator: boolean): void {
    const file = this.#fileFrom(fromOriginator);
    if (file !== null) {
      this.#countSkipped(file);
      file.data(r.source, r.pos, r.end);
      if (!file.wants) {
        this.#skipping = SKIP_OCTETS;
        this.#conn.skip(SKIP_OCTETS, fromOriginator);
      }
    }
    r.pos = r.end;
  }

  gap(octets: number, fromOriginator: boolean): void {
    const file = this.#fileFrom(fromOriginator);
    if (file === null) return;
    this.#countSkipped(file);
    file.gap(octets);
  }

  close(): void {
    if (this.#file === null) return;
    this.#countSkipped(this.#file);
    this.#file.close();
  }

  /** The stream; null for octets against its direction, which a data connection does not have. */
  #fileFrom(fromOriginator: boolean): CarriedFile | null {
    if (this.#file === null) {
      this.#isFromOriginator = fromOriginator;
      this.#file = this.#conn.file({ source: "NDMP_DATA", isOrig: fromOriginator });
    }
    return fromOriginator === this.#isFromOriginator ? this.#file : null;
  }

  #countSkipped(file: CarriedFile): void {
    if (this.#skipping === 0) return;
    file.skipped(this.#skipping - this.#conn.unskipped(this.#isFromOriginator));
    this.#skipping = 0;
  }
}
