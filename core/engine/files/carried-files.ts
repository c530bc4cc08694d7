import { hash } from "node:crypto";
import { isPrivateAddress } from "../../bytes/private-address.ts";
import type { NetConnection } from "../../net/connection.ts";
import type { CarriedFile, FileContent, FileFacts } from "../../protocols/carried-file.ts";
import { FILES_RECORD } from "../../protocols/carried-file.ts";
import type { Moment } from "../../protocols/protocol.ts";
import type { RecordOutput } from "../../records/record-output.ts";
import type { ConnectionKey } from "../../records/table-chunk.ts";
import { FileExtraction } from "./file-extraction.ts";
import { FileHeads } from "./file-heads.ts";
import type { FileOptions } from "./file-options.ts";
import { DEFAULT_HASH_LIMIT } from "./file-options.ts";
import type { HeldPieces } from "./file-pieces.ts";
import { FollowedFile } from "./followed-file.ts";

/** Files that outlive their connection (those with a key) at one time; some 5 kB each while they are small. */
const MOST_KEYED = 20_000;
/** Connections that one file names. */
const MOST_CONNECTIONS = 64;
/** How often quiet files are looked for, in time of the capture. */
const SWEEP_NS = 60_000_000_000n;

/** A file and the connections it came over. */
interface Followed {
  readonly file: FollowedFile;
  readonly key: string | null;
  readonly carriers: Carrier[];
}

/** One connection of a file. Once it is closed, the number of its record is set, so that it does not matter when the file ends. */
interface Carrier {
  readonly net: NetConnection;
  closed: { readonly key: ConnectionKey; readonly n: number } | null;
}

/** All files that the connections of one shard carry. */
export class CarriedFiles {
  readonly #output: RecordOutput;
  readonly #hashLimit: number;
  readonly #extraction: FileExtraction | null;
  /** Files with a key, which any connection of the two hosts may go on with, in order of appearance. */
  readonly #keyed = new Map<string, Followed>();
  /** Of the connections that are open, the files with a key. */
  readonly #ofConnection = new Map<NetConnection, Set<Followed>>();
  readonly #held: HeldPieces = { octets: 0 };
  readonly #heads = new FileHeads();
  #nextSweep = 0n;
  #evicted = 0;

  constructor(output: RecordOutput, options: FileOptions = {}) {
    this.#output = output;
    this.#hashLimit = options.hashLimit ?? DEFAULT_HASH_LIMIT;
    this.#extraction = options.extractTo === undefined ? null : new FileExtraction(options.extractTo, options);
  }

  /** Files ended early because too many were under way. */
  get evicted(): number {
    return this.#evicted;
  }
  /** Files not written whole because of the bounds of extraction. */
  get cut(): number {
    return this.#extraction?.cut ?? 0;
  }

  /**
   * A file that a connection carries.
   * @param unique Tells it from all others where it has no key.
   * @param pair Names the two hosts, whichever of them opened the connection.
   * @param now Frame at hand.
   */
  open(net: NetConnection, facts: FileFacts, unique: string, pair: string, now: () => Moment): FileHandle {
    const key = facts.key === undefined ? null : `${pair} ${facts.source} ${facts.key}`;
    return new FileHandle(this, net, facts, key, fuidOf(key ?? unique), now);
  }

  /** The file of that key if it goes on, else a new one. */
  begin(net: NetConnection, facts: FileFacts, key: string | null, fuid: string, now: Moment): Followed {
    if (key === null) return { file: this.#newFile(facts, fuid, now), key, carriers: [{ net, closed: null }] };
    this.#sweep(now.ts);
    let followed = this.#keyed.get(key);
    if (followed !== undefined && this.endIfQuiet(followed, now.ts)) followed = undefined;
    if (followed === undefined) {
      if (this.#keyed.size >= MOST_KEYED) this.#evict();
      followed = { file: this.#newFile(facts, fuid, now), key, carriers: [] };
      this.#keyed.set(key, followed);
    }
    return followed;
  }

  /** Ends it if nothing came for too long. */
  endIfQuiet(followed: Followed, now: bigint): boolean {
    if (followed.file.isOver) return true;
    if (!followed.file.hasTimedOut(now)) return false;
    followed.file.timedOut = true;
    this.end(followed);
    return true;
  }

  /** Records what is known of it; it gets nothing more. */
  end(followed: Followed): void {
    const { file, key, carriers } = followed;
    file.end();
    if (key !== null && this.#keyed.get(key) === followed) this.#keyed.delete(key);
    for (const { net, closed } of carriers) {
      if (closed === null) this.#ofConnection.get(net)?.delete(followed);
      const connection = closed?.key ?? net;
      const sender = file.facts.isOrig ? connection.origH : connection.respH;
      const n = closed?.n ?? net.nextRecord++;
      this.#output.write(FILES_RECORD, connection, n, file.row(isPrivateAddress(sender)), file.first, file.last);
    }
  }

  /** A connection is over; its files with a key may go on with another one. */
  closed(net: NetConnection): void {
    const files = this.#ofConnection.get(net);
    if (files === undefined) return;
    this.#ofConnection.delete(net);
    if (files.size === 0) return;
    const { uid, origH, origP, respH, respP } = net;
    for (const { carriers } of files) {
      const carrier = carriers.find((one) => one.net === net && one.closed === null);
      if (carrier !== undefined) carrier.closed = { key: { uid, origH, origP, respH, respP }, n: net.nextRecord++ };
    }
  }

  /** The evidence is over: so are all files. */
  finish(): void {
    for (const followed of this.#keyed.values()) {
      followed.file.timedOut = true;
      this.end(followed);
    }
  }

  #newFile(facts: FileFacts, fuid: string, now: Moment): FollowedFile {
    return new FollowedFile(fuid, facts, now, this.#hashLimit, this.#extraction, this.#held, this.#heads);
  }

  /** Notes that a connection brings octets of it. Gives false if it did before. */
  carry(followed: Followed, net: NetConnection): boolean {
    const { carriers } = followed;
    if (carriers.length >= MOST_CONNECTIONS || carriers.some((one) => one.net === net)) return false;
    carriers.push({ net, closed: null });
    const files = this.#ofConnection.get(net);
    if (files === undefined) this.#ofConnection.set(net, new Set([followed]));
    else files.add(followed);
    return true;
  }

  /** Ends what has been quiet for too long and has no open connection: when that is noticed must make no difference to the records. */
  #sweep(now: bigint): void {
    if (now < this.#nextSweep) return;
    this.#nextSweep = now + SWEEP_NS;
    for (const followed of this.#keyed.values())
      if (followed.carriers.every(({ closed }) => closed !== null)) this.endIfQuiet(followed, now);
  }

  #evict(): void {
    const oldest = this.#keyed.values().next().value!;
    this.#evicted++;
    oldest.file.timedOut = true;
    this.end(oldest);
  }
}

/** One connection's hold on a file. */
export class FileHandle implements CarriedFile {
  readonly fuid: string;
  isNewHere = true;
  readonly #files: CarriedFiles;
  readonly #net: NetConnection;
  readonly #facts: FileFacts;
  readonly #key: string | null;
  readonly #now: () => Moment;
  #followed: Followed | null = null;
  #name: string | null;
  #total: number | null = null;
  /** Place of the next octets; -1: behind what came last, whoever brought it. */
  #cursor = -1;
  /** Of a file with a key that was whole before it began anew. */
  #whole: FileContent | null = null;

  constructor(
    files: CarriedFiles,
    net: NetConnection,
    facts: FileFacts,
    key: string | null,
    fuid: string,
    now: () => Moment,
  ) {
    this.#files = files;
    this.#net = net;
    this.#facts = facts;
    this.#key = key;
    this.fuid = fuid;
    this.#now = now;
    this.#name = facts.filename ?? null;
  }

  get mimeType(): string | null {
    return this.#followed?.file.mimeType ?? this.#facts.mimeType ?? null;
  }

  get wants(): boolean {
    const followed = this.#followed;
    if (followed === null) return true;
    // A file with a key that is over begins anew with what comes next.
    return followed.file.isOver ? this.#key !== null : followed.file.wants;
  }

  name(filename: string): void {
    this.#name = filename;
    if (this.#followed !== null) this.#followed.file.filename = filename;
  }

  total(octets: number): void {
    this.#total = octets;
    if (this.#followed?.file.isOver === false) this.#followed.file.total(octets);
  }

  seek(offset: number): void {
    this.#cursor = offset;
  }

  data(bytes: Uint8Array, start: number, end: number): void {
    if (end > start) this.#piece(bytes, start, end - start);
  }

  skipped(octets: number): void {
    if (octets > 0) this.#piece(null, 0, octets);
    else if (octets < 0 && this.#followed?.file.isOver === false) this.#followed.file.unsay(-octets);
  }

  gap(octets: number): void {
    const followed = this.#live();
    if (followed === null || octets <= 0) return;
    followed.file.gap(this.#cursor < 0 ? followed.file.offset : this.#cursor, octets);
    if (this.#cursor >= 0) this.#cursor += octets;
  }

  close(): void {
    if (this.#followed !== null && !this.#followed.file.isOver) this.#files.end(this.#followed);
  }

  refused(offset: number, octets: number): void {
    if (octets > 0) this.#followed?.file.refused(offset, octets);
  }

  content(): FileContent | null {
    const now = this.#followed?.file.content() ?? null;
    return this.#whole !== null && (now === null || !isWhole(now)) ? this.#whole : now;
  }

  /** The analyzer is gone: what has no key ends without anybody having said so. */
  abandon(): void {
    if (this.#key !== null || this.#followed === null || this.#followed.file.isOver) return;
    this.#followed.file.timedOut = true;
    this.close();
  }

  /** True for a file that ends with its analyzer and is not over. */
  get isOpen(): boolean {
    return this.#key === null && this.#followed?.file.isOver !== true;
  }

  #piece(bytes: Uint8Array | null, start: number, octets: number): void {
    const followed = this.#live();
    if (followed === null) return;
    const { file } = followed;
    file.from(this.#facts);
    file.piece(this.#cursor < 0 ? file.offset : this.#cursor, bytes, start, octets);
    if (this.#cursor >= 0) this.#cursor += octets;
    if (file.isOver) this.#files.end(followed);
  }

  /** The file with the frame at hand noted; null if it is over and nothing can be added. */
  #live(): Followed | null {
    const now = this.#now();
    let followed = this.#followed;
    if (followed !== null && this.#key === null) {
      if (followed.file.isOver) return null;
    } else if (followed === null || followed.file.isOver || followed.file.hasTimedOut(now.ts)) {
      const begun = this.#files.begin(this.#net, this.#facts, this.#key, this.fuid, now);
      if (begun !== followed) {
        const before = followed?.file.content() ?? null;
        if (before !== null && isWhole(before)) this.#whole = before;
        this.#followed = begun;
        if (this.#key !== null) this.isNewHere = this.#files.carry(begun, this.#net);
        if (this.#name !== null) begun.file.filename = this.#name;
        if (this.#total !== null) begun.file.total(this.#total);
      }
      followed = begun;
    }
    followed.file.last = now;
    return followed;
  }
}

function isWhole({ octets, size }: FileContent): boolean {
  return octets === size;
}

const DIGITS = Buffer.from("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", "latin1");
const LENGTH = 17;
const FUID = Buffer.alloc(LENGTH + 1);

/** "F" and 17 base-62 digits, the least significant one first: 101 bits of a digest. */
function fuidOf(unique: string): string {
  const digest = hash("sha256", unique);
  // The number is four words, divided as one does on paper: big integers would be made anew for each digit.
  let a = Number.parseInt(digest.slice(0, 8), 16);
  let b = Number.parseInt(digest.slice(8, 16), 16);
  let c = Number.parseInt(digest.slice(16, 24), 16);
  let d = Number.parseInt(digest.slice(24, 32), 16);
  FUID[0] = 0x46; // "F"
  for (let i = 0; i < LENGTH; i++) {
    let rest = a % 62;
    a = (a - rest) / 62;
    let part = rest * 0x1_0000_0000 + b;
    rest = part % 62;
    b = (part - rest) / 62;
    part = rest * 0x1_0000_0000 + c;
    rest = part % 62;
    c = (part - rest) / 62;
    part = rest * 0x1_0000_0000 + d;
    rest = part % 62;
    d = (part - rest) / 62;
    FUID[i + 1] = DIGITS[rest]!;
  }
  return FUID.toString("latin1");
}
