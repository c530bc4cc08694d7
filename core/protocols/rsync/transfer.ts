import { Charge } from "../../bytes/held-budget.ts";
import { Carry } from "../../bytes/carry.ts";
import { ByteReader } from "../../bytes/reader.ts";
import { utf8OfLatin1 } from "../../bytes/text.ts";
import type { ListedFile } from "./file-list.ts";
import { FileListReader, inListOrder, readString, skipOwners } from "./file-list.ts";
import { DONE, Indices, readLength, readNumber } from "./numbers.ts";

/** What client and server agreed on before the transfer. */
export interface TransferTerms {
  readonly protocol: number;
  readonly isUpload: boolean;
  /** Options as the client sent them. */
  readonly options: readonly string[];
}

/** A file whose content was sent, its name as text. */
export interface SentFile extends ListedFile {
  /** The receiver had none of that name. */
  readonly isNew: boolean;
}

/** Since this version the client's side is in frames too, and numbers have the form that is read here. */
const LEAST_PROTOCOL = 30;
/** Options by which lists or files have further parts, or nothing is sent. */
const UNREAD_LETTERS = /[cAXNUn]/;
const UNREAD_OPTIONS =
  /^--(?:checksum-choice|cc|compress-choice|zc|iconv|files-from|checksum$|acls|xattrs|crtimes|atimes|dry-run)/;

/** Compatibility flags of the server. compat.c */
const INCREMENTAL = 1 << 0;
const NUMBERED_FLAGS = 1 << 7;
const NAMES_ROOT = 1 << 8;

/** Frames. io.h, rsync.h */
const FRAME_BASE = 7;
const FRAME_DATA = 0;
const FRAME_DELETED = 101;

/** Indices with a meaning. rsync.h */
const LIST_END = -2;
const LIST_FROM = -101;

/** What happens to a file. rsync.h */
const BASIS_FOLLOWS = 1 << 11;
const NAME_FOLLOWS = 1 << 12;
const IS_NEW = 1 << 13;
const IS_SENT = 1 << 15;
const SUM_HEAD = 16;

/** Octets of the digest behind each file, by the algorithm agreed. */
const DIGESTS: Readonly<Record<string, number>> = {
  xxh128: 16,
  xxh3: 8,
  xxhash: 8,
  xxh64: 8,
  md5: 16,
  md4: 16,
  sha1: 20,
};

/** Most entries of lists, and names of files that were sent, that are kept. */
const MAX_LISTED = 200_000;
const MAX_SENT = 10_000;
/** Octets of memory of one beside its name. */
const NAMED = 96;
/** Longest part of a stream that is waited for. */
const MAX_PART = 1 << 16;

type State = "filters" | "list" | "owners" | "index" | "sums" | "tokens" | "digest";

/** One direction: what comes before the frames, then the frames. */
class Direction {
  readonly carry = new Carry(MAX_PART);
  isFramed = false;
  /** Of the frame under way. */
  left = 0;
  tag = FRAME_DATA;
}

/** Follows what the sender of one session sends: lists of files, and which of them. rsync's flist.c, sender.c, token.c */
export class Transfer {
  readonly sent: SentFile[] = [];
  /** Names that the receiver told it deleted (it tells them only where the client asked for messages). */
  readonly deleted: string[] = [];
  /** False once it cannot be followed any more; what was found until then is right. */
  isFollowed: boolean;
  /** True once a bound was hit. */
  hasForgotten = false;
  readonly #terms: TransferTerms;
  readonly #letters: string;
  readonly #client = new Direction();
  readonly #server = new Direction();
  /** Octets inside the sender's frames that make no whole part yet. */
  readonly #parts = new Carry(MAX_PART);
  readonly #indices = new Indices();
  #compatibility = -1;
  #digest = 16;
  #serverDigests = "";
  #lists: FileListReader | null = null;
  #list: ListedFile[] = [];
  /** What the lists take, and what is told of them. */
  readonly #charge = new Charge(() => this.#forget());
  readonly #toldCharge = new Charge();
  readonly #ordered: { readonly first: number; readonly files: readonly ListedFile[] }[] = [];
  #listed = 0;
  #nextFirst = 0;
  #state: State;
  #ownerLists = 0;
  /** Octets of content or digest to pass over. */
  #skip = 0;

  constructor(terms: TransferTerms) {
    this.#terms = terms;
    this.#letters = terms.options.find((option) => /^-[^-]/.test(option))?.replace(/e\..*$/s, "") ?? "";
    const isUnread = UNREAD_LETTERS.test(this.#letters) || terms.options.some((option) => UNREAD_OPTIONS.test(option));
    this.isFollowed = terms.protocol >= LEAST_PROTOCOL && !isUnread;
    const wantsFilters = this.#letters.includes("m") || terms.options.some((option) => option.startsWith("--delete"));
    this.#state = terms.isUpload && wantsFilters ? "filters" : "list";
  }

  data(bytes: Uint8Array, start: number, end: number, fromClient: boolean): void {
    if (!this.isFollowed) return;
    const direction = fromClient ? this.#client : this.#server;
    const span = direction.carry.join(bytes, start, end);
    const r = new ByteReader(span.bytes, span.start, span.end);
    if (!direction.isFramed && !this.#prelude(r, direction, fromClient)) {
      if (!direction.carry.keep(span, span.start)) this.isFollowed = false;
      return;
    }
    this.#frames(r, direction, fromClient === this.#terms.isUpload);
    if (!direction.carry.keep(span, r.pos)) this.isFollowed = false;
  }

  gap(): void {
    this.isFollowed = false;
  }

  /** What each side says before its first frame. @returns false while it is not all there. compat.c, setup_protocol */
  #prelude(r: ByteReader, direction: Direction, fromClient: boolean): boolean {
    const start = r.pos;
    const flags = fromClient ? this.#compatibility : readNumber(r, 1);
    if (flags < 0) return false;
    let digests = "";
    if ((flags & NUMBERED_FLAGS) !== 0) {
      digests = readString(r);
      if (this.#letters.includes("z")) readString(r);
    }
    if (!fromClient) r.skip(4); // seed of the checksums
    if (r.truncated) {
      r.seek(start);
      return false;
    }
    direction.isFramed = true;
    if (fromClient) this.#agreeOnDigest(digests);
    else {
      this.#compatibility = flags;
      this.#serverDigests = digests;
      this.#lists = new FileListReader({
        hasNumberedFlags: (flags & NUMBERED_FLAGS) !== 0,
        letters: this.#letters,
        protocol: this.#terms.protocol,
      });
      this.#nextFirst = (flags & INCREMENTAL) === 0 ? 0 : 1;
    }
    return true;
  }

  /** The first of the client's that the server has. */
  #agreeOnDigest(ofClient: string): void {
    if (ofClient === "") return;
    const ofServer = new Set(this.#serverDigests.split(" "));
    const octets = DIGESTS[ofClient.split(" ").find((name) => ofServer.has(name)) ?? ""];
    if (octets === undefined) this.isFollowed = false;
    else this.#digest = octets;
  }

  #frames(r: ByteReader, direction: Direction, isSender: boolean): void {
    while (r.left > 0 && this.isFollowed) {
      if (direction.left === 0) {
        if (r.left < 4) return;
        const head = r.u32le();
        direction.left = head & 0xffffff;
        direction.tag = (head >>> 24) - FRAME_BASE;
        if (direction.tag < 0) this.isFollowed = false;
        continue;
      }
      const isDeleted = direction.tag === FRAME_DELETED;
      if (isDeleted && r.left < direction.left && direction.left < MAX_PART) return;
      const octets = Math.min(r.left, direction.left);
      if (direction.tag === FRAME_DATA && isSender) this.#parse(r.source, r.pos, r.pos + octets);
      if (isDeleted) this.#delete(r.source.subarray(r.pos, r.pos + octets));
      r.skip(octets);
      direction.left -= octets;
    }
  }

  /** All connections hold too much: without the lists no further file can be named; what was found stays. */
  #forget(): void {
    this.hasForgotten = true;
    this.isFollowed = false;
    this.#list = [];
    this.#ordered.length = 0;
    for (const carry of [this.#parts, this.#client.carry, this.#server.carry]) carry.clear();
    this.#charge.set(0);
  }

  /** The name of a folder has a NUL behind it. */
  #delete(name: Uint8Array): void {
    const end = name.at(-1) === 0 ? name.length - 1 : name.length;
    if (this.deleted.length < MAX_SENT) {
      this.deleted.push(Buffer.from(name.subarray(0, end)).toString("utf8"));
      this.#toldCharge.add(NAMED + end);
    } else this.hasForgotten = true;
  }

  #parse(bytes: Uint8Array, start: number, end: number): void {
    const span = this.#parts.join(bytes, start, end);
    const r = new ByteReader(span.bytes, span.start, span.end);
    for (;;) {
      const skipped = Math.min(this.#skip, r.left);
      r.skip(skipped);
      this.#skip -= skipped;
      const at = r.pos;
      if (r.left === 0 || !this.isFollowed || this.#skip > 0) break;
      this.#part(r);
      if (r.truncated) {
        r.seek(at);
        break;
      }
    }
    if (!this.#parts.keep(span, r.pos)) this.isFollowed = false;
  }

  /** Reads one part; changes nothing where `r` is truncated. */
  #part(r: ByteReader): void {
    switch (this.#state) {
      case "filters": {
        const octets = r.u32le();
        if (r.truncated) return;
        if (octets === 0) this.#state = "list";
        else this.#skip = octets;
        return;
      }
      case "list":
        this.#entry(r);
        return;
      case "owners":
        if (!skipOwners(r, (this.#compatibility & NAMES_ROOT) !== 0)) return;
        if (--this.#ownerLists === 0) this.#state = "index";
        return;
      case "index":
        this.#index(r);
        return;
      case "sums":
        r.skip(SUM_HEAD);
        if (!r.truncated) this.#state = "tokens";
        return;
      case "tokens":
        this.#token(r);
        return;
      case "digest":
        this.#skip = this.#digest;
        this.#state = "index";
    }
  }

  #entry(r: ByteReader): void {
    if (this.#lists === null || this.#listed > MAX_LISTED) {
      this.hasForgotten = this.#lists !== null;
      this.isFollowed = false;
      return;
    }
    const entry = this.#lists.read(r, this.#nextFirst);
    if (r.truncated) return;
    this.#listed++;
    if (entry === "bad") this.isFollowed = false;
    else if (entry === null) this.#endList();
    else {
      this.#list.push(entry);
      this.#charge.add(NAMED + entry.name.length);
    }
  }

  #endList(): void {
    this.#ordered.push({ first: this.#nextFirst, files: inListOrder(this.#list) });
    this.#nextFirst += this.#list.length + 1;
    this.#list = [];
    this.#state = "index";
    if ((this.#compatibility & INCREMENTAL) !== 0 || this.#terms.options.includes("--numeric-ids")) return;
    this.#ownerLists = ["o", "g"].filter((letter) => this.#letters.includes(letter)).length;
    if (this.#ownerLists > 0) this.#state = "owners";
  }

  #index(r: ByteReader): void {
    const index = this.#indexAt(r);
    if (r.truncated) return;
    if (index.flags === null) {
      if (index.at <= LIST_FROM) this.#state = "list";
      else if (index.at !== DONE && index.at !== LIST_END) this.isFollowed = false;
      return;
    }
    if ((index.flags & IS_SENT) === 0) return;
    const file = this.#fileAt(index.at);
    if (file === undefined) {
      this.isFollowed = false;
      return;
    }
    const isNew = (index.flags & IS_NEW) !== 0;
    if (this.sent.length < MAX_SENT) {
      this.sent.push({ ...file, name: utf8OfLatin1(file.name), isNew });
      this.#toldCharge.add(NAMED + file.name.length);
    } else this.hasForgotten = true;
    this.#state = "sums";
  }

  /** An index and what follows it. Indices are differences: they count on only if all of it is there. */
  #indexAt(r: ByteReader): { readonly at: number; readonly flags: number | null } {
    const indices = this.#indices.copy();
    const at = indices.read(r);
    let flags: number | null = null;
    if (at >= 0) {
      flags = r.u16le();
      if ((flags & BASIS_FOLLOWS) !== 0) r.skip(1);
      if ((flags & NAME_FOLLOWS) !== 0) r.skip(readLength(r));
    }
    if (!r.truncated) this.#indices.become(indices);
    return { at, flags };
  }

  #fileAt(index: number): ListedFile | undefined {
    let low = 0;
    for (let high = this.#ordered.length; high - low > 1;) {
      const middle = (low + high) >>> 1;
      if (this.#ordered[middle]!.first <= index) low = middle;
      else high = middle;
    }
    const list = this.#ordered[low];
    return list?.files[index - list.first];
  }

  /** Content, or a reference to what the receiver has. token.c */
  #token(r: ByteReader): void {
    if (!this.#letters.includes("z")) {
      const token = r.i32le();
      if (r.truncated) return;
      if (token === 0) this.#state = "digest";
      else if (token > 0) this.#skip = token;
      return;
    }
    const flag = r.u8();
    if (flag === 0) this.#state = "digest";
    else if (flag === 0x20) r.skip(4);
    else if (flag === 0x21) r.skip(6);
    else if (flag >= 0xc0) r.skip(2);
    else if ((flag & 0xc0) === 0x40) {
      const octets = (flag & 0x3f) * 256 + r.u8();
      if (!r.truncated) this.#skip = octets;
    } else if (flag < 0x80) this.isFollowed = false;
  }
}
