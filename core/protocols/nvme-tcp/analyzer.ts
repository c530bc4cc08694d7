import type { ByteReader } from "../../bytes/reader.ts";
import { MessagePair } from "../message-pair.ts";
import type { Analyzer, Connection, RecordSink } from "../protocol.ts";
import { StorageLink } from "../storage-link.ts";
import {
  COMMAND_CAPSULE,
  connectStatus,
  HEADER_OCTETS,
  IC_REQUEST,
  IC_RESPONSE,
  parseConnect,
  parseIc,
  parseResponse,
  pduLength,
  RESPONSE_CAPSULE,
} from "./pdu.ts";

/** Octets of a PDU that are looked at: a Connect command with its data. */
const HEAD = 1280;
const DISCOVERY = "nqn.2014-08.org.nvmexpress.discovery";

/** One queue of NVMe over TCP: the agreement at its beginning and the names of host and subsystem; the commands after are not read. */
export class NvmeTcpAnalyzer implements Analyzer {
  readonly #link: StorageLink;
  readonly #messages: MessagePair;
  #commandId: number | null = null;

  constructor(conn: Connection, out: RecordSink) {
    this.#link = new StorageLink(conn, out, "nvme_tcp", "host", "subsystem");
    this.#messages = new MessagePair(conn, HEAD, (fromOriginator) => ({
      length: pduLength,
      wanted: (r) => (r.peekU8() === COMMAND_CAPSULE ? HEAD : 4 * HEADER_OCTETS),
      message: (r) => this.#pdu(r, fromOriginator),
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

  #pdu(r: ByteReader, fromOriginator: boolean): boolean {
    const type = r.peekU8();
    const { row } = this.#link;
    if (type === IC_REQUEST || type === IC_RESPONSE) {
      const agreed = parseIc(r);
      if (agreed === null) return true;
      this.#link.saw();
      row.version = String(agreed.version);
      const digests = [agreed.headerDigest ? "header digest" : "", agreed.dataDigest ? "data digest" : ""];
      row.detail = digests.filter((text) => text !== "").join(", ") || "no digests";
    } else if (type === COMMAND_CAPSULE && fromOriginator && this.#commandId === null) {
      const connect = parseConnect(r);
      if (connect === null) return true;
      this.#link.saw();
      this.#commandId = connect.commandId;
      row.orig_name = connect.hostName;
      row.resp_name = connect.subsystemName;
      const queue = connect.queue === 0 ? "admin queue" : `I/O queue ${connect.queue}`;
      row.service = connect.subsystemName === DISCOVERY ? "discovery" : queue;
    } else if (type === RESPONSE_CAPSULE && !fromOriginator && this.#commandId !== null) {
      const response = parseResponse(r);
      if (response?.commandId !== this.#commandId) return true;
      this.#link.saw();
      row.outcome = response.status === 0 ? "granted" : "refused";
      if (response.status !== 0) row.status = connectStatus(response.status);
      this.#messages.end();
    }
    return true;
  }
}
