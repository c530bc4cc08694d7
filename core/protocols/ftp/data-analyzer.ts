import type { ByteReader } from "../../bytes/reader.ts";
import type { CarriedFile } from "../carried-file.ts";
import type { Analyzer, Connection } from "../protocol.ts";
import type { ListedText } from "./listed-text.ts";
import type { DataChannel } from "./session.ts";
import { dataChannelKey } from "./session.ts";

/** Octets skipped at a time once nobody looks at them. */
const SKIP_OCTETS = 1 << 20;

/** A connection that an FTP session announced: what goes over it is one file (a listing too). */
export class FtpDataAnalyzer implements Analyzer {
  readonly #conn: Connection;
  readonly #key: string;
  readonly #channel: DataChannel | null;
  #file: CarriedFile | null = null;
  /** The file, if it is a listing. */
  #listing: ListedText | null = null;
  #isFromOriginator = true;
  #hasType = false;
  /** Octets asked to be skipped since the last delivery. */
  #skipping = 0;

  constructor(conn: Connection) {
    this.#conn = conn;
    this.#key = dataChannelKey(conn.respH, conn.respP);
    this.#channel = (conn.pair.get(this.#key) as DataChannel | undefined) ?? null;
    if (this.#channel !== null) conn.confirm();
  }

  data(r: ByteReader, fromOriginator: boolean): void {
    if (this.#channel === null) {
      // Announced once, and used since: what comes now may be anything.
      this.#conn.handOver();
      return;
    }
    const file = this.#fileFrom(fromOriginator, this.#channel);
    if (file !== null) {
      this.#countSkipped(file);
      file.data(r.source, r.pos, r.end);
      this.#listing?.data(r.source, r.pos, r.end);
      this.#tellType(file, this.#channel);
      if (!file.wants && this.#listing === null) {
        this.#skipping = SKIP_OCTETS;
        this.#conn.skip(SKIP_OCTETS, fromOriginator);
      }
    }
    r.pos = r.end;
  }

  gap(octets: number, fromOriginator: boolean): void {
    if (this.#channel === null) return;
    const file = this.#fileFrom(fromOriginator, this.#channel);
    if (file === null) return;
    this.#countSkipped(file);
    file.gap(octets);
    this.#listing?.gap();
  }

  close(): void {
    const file = this.#file;
    if (file !== null) {
      this.#countSkipped(file);
      file.close();
      if (this.#channel !== null) {
        this.#tellType(file, this.#channel);
        this.#channel.over(file);
      }
    }
    this.#conn.pair.delete(this.#key);
  }

  /** The file; null for octets against its direction, which FTP does not have. */
  #fileFrom(fromOriginator: boolean, channel: DataChannel): CarriedFile | null {
    if (this.#file === null) {
      this.#isFromOriginator = fromOriginator;
      this.#file = this.#conn.file({ source: "FTP_DATA", isOrig: fromOriginator });
      this.#listing = channel.began(this.#conn.uid, this.#file);
    }
    return fromOriginator === this.#isFromOriginator ? this.#file : null;
  }

  #tellType(file: CarriedFile, channel: DataChannel): void {
    if (this.#hasType || file.mimeType === null) return;
    this.#hasType = true;
    channel.typed(file.mimeType);
  }

  #countSkipped(file: CarriedFile): void {
    if (this.#skipping === 0) return;
    file.skipped(this.#skipping - this.#conn.unskipped(this.#isFromOriginator));
    this.#skipping = 0;
  }
}
