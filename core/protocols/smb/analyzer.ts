import type { ByteReader } from "../../bytes/reader.ts";
import type { Analyzer, Connection, RecordSink } from "../protocol.ts";
import type { UnitPlan, UnitReader } from "./framing.ts";
import { MAGIC_COMPRESSED, MAGIC_SMB2, MAGIC_TRANSFORM, SmbStream } from "./framing.ts";
import { OperationLog } from "./operation-log.ts";
import { Smb1Conversation } from "./smb1/conversation.ts";
import { Smb2Conversation } from "./smb2/conversation.ts";

const NAMED_WITH = 3;

/** One SMB connection of any version: the versions share the framing and may follow each other (multi-protocol negotiation). */
export class SmbAnalyzer implements Analyzer {
  readonly #conn: Connection;
  readonly #out: RecordSink;
  readonly #log: OperationLog;
  readonly #fromOriginator: SmbStream;
  readonly #fromResponder: SmbStream;
  #smb1: Smb1Conversation | null = null;
  #smb2: Smb2Conversation | null = null;
  #hasMessage = false;
  /** Segments since the first message. */
  #segments = 0;

  constructor(conn: Connection, out: RecordSink) {
    this.#conn = conn;
    this.#out = out;
    this.#log = new OperationLog(out, conn.uid);
    this.#fromOriginator = new SmbStream(conn, true, this.#side(true));
    this.#fromResponder = new SmbStream(conn, false, this.#side(false));
  }

  data(r: ByteReader, fromOriginator: boolean): void {
    (fromOriginator ? this.#fromOriginator : this.#fromResponder).data(r);
    // Zeek names it with the third segment, behind the authentication that it carries.
    if (this.#hasMessage && ++this.#segments === NAMED_WITH) this.#conn.confirm();
  }

  gap(octets: number, fromOriginator: boolean): void {
    (fromOriginator ? this.#fromOriginator : this.#fromResponder).gap(octets);
  }

  close(): void {
    if (this.#hasMessage) this.#conn.confirm();
    this.#fromOriginator.close();
    this.#fromResponder.close();
    this.#smb1?.close();
    this.#smb2?.close();
  }

  release(): void {
    this.#smb2?.release();
  }

  #side(fromOriginator: boolean): UnitReader {
    let magic = 0;
    return {
      begin: (first) => {
        magic = first;
        if (magic === MAGIC_SMB2) this.#smb2Conversation().begin(fromOriginator);
      },
      unit: (r, left, plan) => this.#unit(magic, r, left, plan, fromOriginator),
      framingLost: () => {
        if (this.#conn.sawStart) this.#out.weird("smb_framing_lost");
      },
      brokeOff: (octets) => {
        if (magic === MAGIC_SMB2) this.#smb2?.brokeOff(octets, fromOriginator);
        else if (magic === MAGIC_TRANSFORM) this.#smb2?.sealedBrokeOff(octets, fromOriginator);
        else if (magic !== MAGIC_COMPRESSED) this.#smb1?.brokeOff(octets, fromOriginator);
      },
    };
  }

  #unit(magic: number, r: ByteReader, left: number, plan: UnitPlan, fromOriginator: boolean): number {
    this.#hasMessage = true;
    switch (magic) {
      case MAGIC_SMB2:
        return this.#smb2Conversation().unit(r, left, plan, fromOriginator);
      case MAGIC_TRANSFORM:
        return this.#smb2Conversation().sealed(r, left, plan, fromOriginator);
      case MAGIC_COMPRESSED:
        this.#smb2Conversation().compressed(left, plan, fromOriginator);
        return 0;
      default:
        return this.#smb1Conversation().unit(r, left, plan, fromOriginator);
    }
  }

  #smb1Conversation(): Smb1Conversation {
    return (this.#smb1 ??= new Smb1Conversation(this.#conn, this.#out, this.#log));
  }

  #smb2Conversation(): Smb2Conversation {
    return (this.#smb2 ??= new Smb2Conversation(this.#conn, this.#out, this.#log));
  }
}
