import type { CarriedFile } from "../carried-file.ts";
import type { Connection } from "../protocol.ts";
import { ByteSample } from "./byte-sample.ts";
import type { PayloadTaker } from "./framing.ts";
import { isPipe, looksLikeRpc, pipeName } from "./pipe-names.ts";
import type { OpenFile } from "./state.ts";
import { MAGIC_OCTETS } from "./state.ts";

const FOR_PIPE = 0;
const FOR_MAGIC = 1;
const UNDECIDED = 2;

const RPC_START_OCTETS = 4;

/**
 * Takes the data of one read or write: a pipe's octets go to its inner stream, of a file the
 * first octets are kept, a sample is measured, and all go to the file that is carried.
 * A handle of which neither name nor share is known is a pipe if DCE/RPC goes through it. One object a direction,
 * aimed at each payload in turn.
 */
export class FilePayload implements PayloadTaker {
  readonly #conn: Connection;
  #file: OpenFile | null = null;
  #fromClient = false;
  #use = FOR_MAGIC;
  #length = 0;
  readonly #start = new Uint8Array(RPC_START_OCTETS);
  #started = 0;
  /** Octets of this payload were lost, so that what follows is no file's beginning. */
  #isCut = false;
  readonly #isOrig: boolean;
  /** What is carried through each handle, as this connection brings it. */
  readonly #files = new WeakMap<OpenFile, CarriedFile>();
  /** The one that the payload belongs to; null if it is none's or nobody wants its octets. */
  #carried: CarriedFile | null = null;
  /** The measure of this direction of the file, while it wants octets. */
  #sample: ByteSample | null = null;
  /** The one whose octets are skipped. */
  #skipping: CarriedFile | null = null;
  /** Place in the file of the payload's next octet, and where the payload ends. */
  #at = 0;
  #end = 0;

  /** @param isOrig The originator of the connection sends these payloads. */
  constructor(conn: Connection, isOrig: boolean) {
    this.#conn = conn;
    this.#isOrig = isOrig;
  }

  /**
   * Aims at the next payload.
   * @param offset Offset in the file; @param length octets of the payload.
   * @returns itself if it wants the payload, else null.
   */
  aim(file: OpenFile, fromClient: boolean, offset: number, length: number): this | null {
    this.#file = file;
    this.#fromClient = fromClient;
    this.#length = length;
    this.#started = 0;
    this.#isCut = false;
    this.#carried = null;
    this.#skipping = null;
    this.#sample = null;
    if (isPipe(file)) {
      this.#use = FOR_PIPE;
      this.#conn.identity = file.session.identity;
      return this;
    }
    const isUnknown = file.name === null && (file.tree === null || file.tree.shareType === null);
    if (isUnknown && file.magic === null && offset === 0 && length >= RPC_START_OCTETS) {
      this.#use = UNDECIDED;
      return this;
    }
    this.#use = FOR_MAGIC;
    this.#isCut = offset !== 0 || file.magic !== null;
    if (!this.#isCut) file.magic = new Uint8Array(0);
    this.#carry(file, fromClient, offset, length);
    this.#measure(file, fromClient);
    return this.#isCut && this.#carried === null && this.#sample === null ? null : this;
  }

  /** A file without a name is compared with nothing. */
  #measure(file: OpenFile, fromClient: boolean): void {
    if (file.name === null) return;
    const sample = fromClient ? (file.writtenSample ??= new ByteSample()) : (file.readSample ??= new ByteSample());
    if (sample.wants) this.#sample = sample;
  }

  #carry(file: OpenFile, fromClient: boolean, offset: number, length: number): void {
    const path = file.tree?.path ?? null;
    if (length === 0 || !Number.isSafeInteger(offset + length) || (file.name === null && path === null)) return;
    let carried = this.#files.get(file);
    if (carried === undefined) {
      // Zeek base/protocols/smb/files.zeek: a file that was changed is another one.
      const key = `${path ?? ""}|${file.name ?? ""}|${file.times?.modified ?? 0n}`;
      carried = this.#conn.file({
        source: "SMB",
        isOrig: this.#isOrig,
        filename: file.name,
        key,
        writer: file.session.user,
      });
      this.#files.set(file, carried);
      file.carried = carried;
    }
    if (!fromClient && file.size !== null && file.size > 0) carried.total(file.size);
    carried.seek(offset);
    this.#at = offset;
    this.#end = offset + length;
    this.#carried = carried;
    this.#skipUnwanted();
  }

  /** Lets the rest of the payload pass if nobody wants it. */
  #skipUnwanted(): void {
    const carried = this.#carried;
    if (carried === null || carried.wants) return;
    carried.skipped(this.#end - this.#at);
    this.#skipping = carried;
    this.#carried = null;
  }

  take(bytes: Uint8Array, start: number, end: number): boolean {
    const file = this.#file;
    if (file === null) return false;
    if (this.#use === FOR_PIPE) {
      this.#pipe(file).data(bytes, start, end, this.#fromClient);
      return true;
    }
    if (this.#use === UNDECIDED) return !this.#isCut && this.#decide(file, bytes, start, end);
    const wantsMagic = !this.#isCut && keepMagic(file, bytes, start, end);
    this.#sample?.add(bytes, start, end);
    if (this.#sample?.wants === false) this.#sample = null;
    if (this.#carried !== null) {
      this.#carried.data(bytes, start, end);
      this.#at += end - start;
      if (this.#carried.isNewHere && file.openedOn === this.#conn.uid) file.fuid ??= this.#carried.fuid;
      this.#skipUnwanted();
    }
    return wantsMagic || this.#carried !== null || this.#sample !== null;
  }

  gap(octets: number): void {
    if (this.#use === FOR_PIPE && this.#file !== null) this.#pipe(this.#file).gap(octets, this.#fromClient);
    else this.#isCut = true;
    this.#at += octets;
    this.#carried?.seek(this.#at);
  }

  /** The connection ended before the last `octets` octets of the payload aimed at last. */
  brokeOff(octets: number): void {
    const file = this.#file;
    if (file === null) return;
    this.#skipping?.skipped(-octets);
    if (this.#fromClient) {
      file.bytesWritten -= octets;
      file.writeEnd -= octets;
    } else {
      file.bytesRead -= octets;
      file.readEnd -= octets;
    }
  }

  #decide(file: OpenFile, bytes: Uint8Array, start: number, end: number): boolean {
    let at = start;
    while (this.#started < RPC_START_OCTETS && at < end) this.#start[this.#started++] = bytes[at++]!;
    if (this.#started < RPC_START_OCTETS) return true;
    if (looksLikeRpc(this.#start, 0, RPC_START_OCTETS)) {
      this.#use = FOR_PIPE;
      this.#conn.identity = file.session.identity;
      this.#pipe(file).data(this.#start, 0, RPC_START_OCTETS, this.#fromClient);
    } else {
      this.#use = FOR_MAGIC;
      file.magic = new Uint8Array(0);
      keepMagic(file, this.#start, 0, RPC_START_OCTETS);
    }
    return this.#length > RPC_START_OCTETS && (at === end || this.take(bytes, at, end));
  }

  #pipe(file: OpenFile) {
    return pipeOf(this.#conn, file);
  }
}

/** The stream of a pipe's octets, opened at its first use. */
export function pipeOf(conn: Connection, file: OpenFile) {
  return (file.pipe ??= conn.inner("pipe", pipeName(file.name ?? "")));
}

function keepMagic(file: OpenFile, bytes: Uint8Array, start: number, end: number): boolean {
  const had = file.magic ?? new Uint8Array(0);
  const more = Math.min(MAGIC_OCTETS - had.length, end - start);
  if (more <= 0) return false;
  const magic = new Uint8Array(had.length + more);
  magic.set(had);
  magic.set(bytes.subarray(start, start + more), had.length);
  file.magic = magic;
  return magic.length < MAGIC_OCTETS;
}
