import type { ByteReader } from "../../bytes/reader.ts";
import { MessagePair } from "../message-pair.ts";
import type { Analyzer, Connection, RecordSink } from "../protocol.ts";
import { StorageLink } from "../storage-link.ts";
import { encapsulationLength, HEADER_OCTETS, IFCP, parseSpecialFrame, SPECIAL_FRAME_OCTETS } from "./encapsulation.ts";

/** A tunnel between two fabrics of Fibre Channel: which they are; the frames inside are not read. */
export class FcipAnalyzer implements Analyzer {
  readonly #link: StorageLink;
  readonly #messages: MessagePair;

  constructor(conn: Connection, out: RecordSink) {
    this.#link = new StorageLink(conn, out, "fcip", "fabric gateway", "fabric gateway");
    this.#messages = new MessagePair(conn, SPECIAL_FRAME_OCTETS, (fromOriginator) => ({
      length: encapsulationLength,
      message: (r) => this.#frame(r, fromOriginator),
      resumes: () => false,
    }));
  }

  data(r: ByteReader, fromOriginator: boolean): void {
    this.#messages.data(r, fromOriginator);
  }

  gap(octets: number, fromOriginator: boolean): void {
    this.#messages.gap(octets, fromOriginator);
  }

  close(): void {
    this.#link.close();
  }

  #frame(r: ByteReader, fromOriginator: boolean): boolean {
    this.#link.saw();
    const { row } = this.#link;
    row.service ??= r.peekU8() === IFCP ? "iFCP" : "FCIP";
    row.version ??= String(r.peekU8(1));
    const special = r.left >= HEADER_OCTETS ? parseSpecialFrame(r) : null;
    // The responder sends the originator's frame back: changed if it does not agree.
    if (special === null) {
      row.outcome = "granted";
      this.#messages.end();
      return false;
    }
    if (fromOriginator) {
      row.orig_name = special.source;
      row.resp_name = special.destination;
    } else {
      row.outcome = special.isChanged ? "refused" : "granted";
      if (special.isChanged) row.status = `the responder is ${special.destination ?? "unknown"}`;
    }
    return true;
  }
}
