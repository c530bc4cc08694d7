import { LineCutter } from "../../bytes/lines.ts";
import type { ByteReader } from "../../bytes/reader.ts";
import type { Analyzer, Connection, RecordSink } from "../protocol.ts";
import { StorageLink } from "../storage-link.ts";

/** Longest line that is looked at. */
const MOST_LINE = 512;
const BANNER = /^220 VMware Authentication Daemon Version ([\w.]{1,32})(?:: *(?! )([^]*))?$/;
const TLS_HANDSHAKE = 0x16;

/**
 * What ESXi's port 902 says before TLS: its banner, and the commands of clients that go on in clear. Virtual disks are carried over it (the
 * transports NBD and NBDSSL of VMware's disk library); what goes by then is not read.
 */
export class VmwareAuthdAnalyzer implements Analyzer {
  readonly #conn: Connection;
  readonly #link: StorageLink;
  readonly #server = new LineCutter(MOST_LINE);
  readonly #client = new LineCutter(MOST_LINE);
  /** True once disks go by, or nothing is understood any more. */
  #isOver = false;

  constructor(conn: Connection, out: RecordSink) {
    this.#conn = conn;
    this.#link = new StorageLink(conn, out, "vmware_authd", "backup proxy or client", "ESXi host");
  }

  data(r: ByteReader, fromOriginator: boolean): void {
    if (this.#isOver) {
      r.pos = r.end;
      return;
    }
    if (fromOriginator && this.#client.held === 0 && r.peekU8() === TLS_HANDSHAKE) {
      this.#link.row.detail = "changes to TLS";
      this.#conn.handOver();
      return;
    }
    const each = (line: string): boolean => (fromOriginator ? this.#command(line) : this.#reply(line));
    (fromOriginator ? this.#client : this.#server).feed(r, each);
  }

  gap(): void {
    this.#isOver = true;
  }

  close(): void {
    this.#link.close();
  }

  #reply(line: string): boolean {
    const { row } = this.#link;
    const banner = this.#link.isSeen ? null : BANNER.exec(line);
    if (banner !== null) {
      this.#link.saw();
      row.version = banner[1]!;
      row.status = banner[2]?.slice(0, MOST_LINE).trim() ?? null;
      return true;
    }
    if (!this.#link.isSeen || !/^\d{3}[ -]/.test(line)) return this.#end();
    this.#link.saw();
    if (line.startsWith("230")) row.outcome = "granted";
    if (/^5\d\d/.test(line)) {
      row.outcome = "refused";
      row.status = line;
    }
    return true;
  }

  #command(line: string): boolean {
    const command = /^([A-Z]{3,16})(?: ([\x20-\x7e]{0,200}))?$/.exec(line);
    if (command === null) return this.#end();
    const [, word, argument] = command;
    if (word === "USER") this.#link.row.user = argument ?? null;
    else if (word !== "PASS") this.#link.row.service = line;
    return true;
  }

  #end(): boolean {
    this.#isOver = true;
    return false;
  }
}
