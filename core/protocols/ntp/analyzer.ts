import type { ByteReader } from "../../bytes/reader.ts";
import type { Analyzer, Connection, RecordSink } from "../protocol.ts";
import { MODE, readNtpControl, readNtpPrivate, readNtpTimes, versionAndMode } from "./message.ts";
import { ntpControlRecord, ntpPrivateRecord, ntpRecord } from "./records.ts";

/** Most octets kept of the data of a control or private message. */
const MAX_DATA = 1024;

/** Messages of one association; each is a record. */
export class NtpAnalyzer implements Analyzer {
  readonly #conn: Connection;
  readonly #out: RecordSink;
  #isFlipped = false;

  constructor(conn: Connection, out: RecordSink) {
    this.#conn = conn;
    this.#out = out;
  }

  data(r: ByteReader, fromOriginator: boolean): void {
    if (r.left === 0) return;
    const { version, mode } = versionAndMode(r.u8());
    const isRead =
      mode === MODE.control
        ? this.#control(r, version)
        : mode === MODE.private
          ? this.#private(r, version)
          : this.#times(r, version, mode, fromOriginator);
    if (isRead) this.#conn.confirm();
    else this.#out.weird("ntp_truncated");
  }

  gap(): void {}

  close(): void {}

  #times(r: ByteReader, version: number, mode: number, fromOriginator: boolean): boolean {
    const times = mode === MODE.reserved ? null : readNtpTimes(r);
    if (times === null && mode !== MODE.reserved) return false;
    // Both sides may use the port, and the server may be heard first. Zeek: `proc_ntp_message`
    if (!this.#isFlipped && mode === (fromOriginator ? MODE.server : MODE.client)) {
      this.#isFlipped = true;
      this.#conn.flip();
    }
    const row = {
      version,
      mode,
      stratum: times?.stratum ?? null,
      poll: times?.poll ?? null,
      precision: times?.precision ?? null,
      root_delay: times?.rootDelay ?? null,
      root_disp: times?.rootDispersion ?? null,
      ref_id: times?.referenceId ?? null,
      ref_time: times?.reference ?? null,
      org_time: times?.origin ?? null,
      rec_time: times?.receive ?? null,
      xmt_time: times?.transmit ?? null,
      num_exts: times?.extensions ?? 0,
      key_id: times?.keyId ?? null,
    };
    this.#out.emit(ntpRecord, row, this.#conn.now);
    return true;
  }

  #control(r: ByteReader, version: number): boolean {
    const control = readNtpControl(r);
    if (control === null) return false;
    const row = {
      version,
      mode: MODE.control,
      op_code: control.operation,
      sequence: control.sequence,
      status: control.status,
      association_id: control.associationId,
      resp_bit: control.isResponse,
      err_bit: control.isError,
      more_bit: control.hasMore,
      data: control.data === "" ? null : control.data.slice(0, MAX_DATA),
      key_id: control.keyId,
      crypto_checksum: control.checksum,
    };
    this.#out.emit(ntpControlRecord, row, this.#conn.now);
    return true;
  }

  #private(r: ByteReader, version: number): boolean {
    const message = readNtpPrivate(r);
    if (message === null) return false;
    const row = {
      version,
      mode: MODE.private,
      req_code: message.request,
      auth_bit: message.isAuthenticated,
      sequence: message.sequence,
      implementation: message.implementation,
      err: message.error,
      data: message.data === "" ? null : message.data.slice(0, MAX_DATA),
    };
    this.#out.emit(ntpPrivateRecord, row, this.#conn.now);
    return true;
  }
}
