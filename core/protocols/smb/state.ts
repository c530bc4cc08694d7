import { ENTRY, textWeight, type Holder } from "../../bytes/held-budget.ts";
import { HeldMap } from "../../bytes/held-map.ts";
import type { ByteSample } from "./byte-sample.ts";
import { accountOf } from "../account.ts";
import type { CarriedFile } from "../carried-file.ts";
import type { Listing } from "../directory-listing.ts";
import type { Connection, Identity, InnerStream, Moment } from "../protocol.ts";
import type { SessionSeal } from "./smb2/unsealing.ts";

export type ShareType = "DISK" | "PIPE" | "PRINT";

/** Most sessions, shares and handles kept for one pair of hosts and server. */
const MAX_SESSIONS = 512;
const MAX_TREES = 1024;
const MAX_FILES = 8192;
/** Most sources of copies on the server that are remembered; a client asks for one a file, right before the copy. */
const MAX_COPY_SOURCES = 64;

/** Octets of memory of a handle without its name, and of a session without handles, about. */
const HANDLE = 768;
export const SESSION = 1024;

/** A share connection of a session. */
export interface Tree {
  /** Tree id; `NO_TREE` while (or if) the server gave none. */
  readonly id: number;
  path: string | null;
  shareType: ShareType | null;
  isEncrypted: boolean;
  /** Connection that carried the tree connect; "" if none was seen. */
  readonly connectedOn: string;
}

/** `Tree.id` of a share that the server did not connect. */
export const NO_TREE = -1;

/** MAC times of a file in ns since 1970-01-01 UTC, null where unset. */
export interface FileTimes {
  readonly modified: bigint | null;
  readonly accessed: bigint | null;
  readonly created: bigint | null;
  readonly changed: bigint | null;
}

/** A file, directory or pipe from its open (or the first use of its handle) on. */
export class OpenFile {
  readonly session: Session;
  readonly tree: Tree | null;
  /** Name within the share; null if the open was not seen. */
  name: string | null;
  previousName: string | null = null;
  /** Key of the handle in `Session.files`; "" until the server answered. */
  handle = "";
  /** Connection whose open gave the handle; "" while (or if) that was not seen. Zeek knows a file on that one only. */
  openedOn = "";
  /** Share as Zeek has it by now: only from a tree connect on the same connection, with SMB1 from the first read or write on. */
  zeekPath: string | null = null;
  size: number | null = null;
  times: FileTimes | null = null;
  isDirectory: boolean | null = null;
  desiredAccess: number | null = null;
  disposition: number | null = null;
  createAction: number | null = null;
  deleteOnClose = false;
  /** True once its rows have been written because the handle ended. */
  isOver = false;

  bytesRead = 0;
  bytesWritten = 0;
  reads = 0;
  writes = 0;
  readEnd = 0;
  writeStart = Number.POSITIVE_INFINITY;
  writeEnd = 0;
  firstUse: Moment | null = null;
  lastUse: Moment | null = null;
  /** First octets of the file as seen, at most `MAGIC_OCTETS`; null if they were not seen. */
  magic: Uint8Array | null = null;
  /** Measures of what the client got and of what it sent; null before the first octet. */
  readSample: ByteSample | null = null;
  writtenSample: ByteSample | null = null;
  /** When the previous version that was opened was made; null for the file as it is. ns since 1970-01-01 UTC. */
  snapshot: bigint | null = null;
  /** True once a row says that the client locks it, or watches it for changes. */
  isLocked = false;
  isWatched = false;
  /** Search pattern of the directory query written last. */
  listedPattern: string | null = null;
  /** What is in the directory, as far as it was told; and whether a list of it began before. */
  listing: Listing | null = null;
  wasListed = false;
  /** The carried file, once some of its content was seen, and its identifier as far as Zeek has it with this handle. */
  carried: CarriedFile | null = null;
  /** Length that was set by the client; null if none was. */
  endOfFile: number | null = null;
  /** It was cut shorter than what was written before, so that what went by is not what is there. */
  isCut = false;
  fuid: string | null = null;
  /** Stream of a pipe's octets, once some were seen. */
  pipe: InnerStream | null = null;

  constructor(session: Session, tree: Tree | null, name: string | null) {
    this.session = session;
    this.tree = tree;
    this.name = name;
  }

  /** The client got `octets` octets from `offset`. */
  read(offset: number, octets: number, now: Moment): void {
    if (octets === 0) return;
    this.#used(now);
    this.reads++;
    this.bytesRead += octets;
    this.readEnd = Math.max(this.readEnd, offset + octets);
  }

  /** The client sent `octets` octets for `offset`. */
  wrote(offset: number, octets: number, now: Moment): void {
    this.#used(now);
    this.writes++;
    this.bytesWritten += octets;
    this.writeStart = Math.min(this.writeStart, offset);
    this.writeEnd = Math.max(this.writeEnd, offset + octets);
  }

  #used(now: Moment): void {
    this.firstUse ??= now;
    this.lastUse = now;
  }
}

/** First octets of a file that are kept to tell its kind. */
export const MAGIC_OCTETS = 64;

/** An authenticated session and what is open in it; shared by all connections bound to it. */
export class Session {
  /** Session id (SMB1: UID) as hexadecimal text. */
  readonly id: string;
  identity: Identity | null = null;
  dialect: string | null = null;
  isEncrypted = false;
  /** What opens its encrypted messages; null if no secret that was given does. */
  seal: SessionSeal | null = null;
  /** Connections that used it and are not over. */
  connections = 0;
  readonly trees: HeldMap<number, Tree>;
  readonly files: HeldMap<string, OpenFile>;
  /** Names of files by the key under which a copy on the server names its source. */
  readonly #copySources = new Map<string, string>();
  readonly #forgotten: (file: OpenFile) => void;

  /**
   * @param forgotten Takes a handle that is forgotten because all connections hold too much.
   * @param holder Whose it is, where several connections share it.
   */
  constructor(id: string, forgotten: (file: OpenFile) => void, holder: Holder | null = null) {
    this.id = id;
    this.#forgotten = forgotten;
    this.trees = new HeldMap(({ path }) => ENTRY + textWeight(path), null, holder);
    this.files = new HeldMap(({ name }) => HANDLE + textWeight(name), forgotten, holder);
  }

  /** Nothing is known of it any more: each handle is told as forgotten. */
  release(): void {
    const files = [...this.files.values()];
    this.files.clear();
    this.trees.clear();
    this.#copySources.clear();
    for (const file of files) this.#forgotten(file);
  }

  /** "DOMAIN\user", or what is known of it. */
  get user(): string | null {
    return accountOf(this.identity);
  }

  /** The server gave a key (or token) for this file. */
  addCopySource(key: string | null, file: OpenFile): void {
    if (key === null || file.name === null) return;
    if (this.#copySources.size >= MAX_COPY_SOURCES) {
      const first = this.#copySources.keys().next();
      if (!first.done) this.#copySources.delete(first.value);
    }
    this.#copySources.set(key, file.name);
  }

  /** Name of the file that a copy names as its source by key, token or handle; null if that is not known. */
  copySource(key: string): string | null {
    return this.#copySources.get(key) ?? this.files.get(key)?.name ?? null;
  }

  /** @returns a tree that had to be dropped to make room. */
  addTree(tree: Tree): Tree | null {
    const dropped = this.trees.size >= MAX_TREES && !this.trees.has(tree.id) ? oldest(this.trees) : null;
    if (dropped !== null) this.trees.delete(dropped.id);
    this.trees.set(tree.id, tree);
    return dropped;
  }

  /** The share with this id; a placeholder if its connect was not seen. */
  tree(id: number): Tree {
    let tree = this.trees.get(id);
    if (tree === undefined) {
      tree = { id, path: null, shareType: null, isEncrypted: false, connectedOn: "" };
      this.addTree(tree);
    }
    return tree;
  }

  /** @returns a file that had to be dropped to make room. */
  addFile(file: OpenFile): OpenFile | null {
    const dropped = this.files.size >= MAX_FILES && !this.files.has(file.handle) ? oldest(this.files) : null;
    if (dropped !== null) this.files.delete(dropped.handle);
    this.files.set(file.handle, file);
    return dropped;
  }
}

/** Sessions of one server as one client host has them, on all its connections. */
export class SharedSessions {
  readonly #sessions: HeldMap<string, Session>;
  /** The two hosts'. */
  readonly holder: Holder;

  constructor(holder: Holder) {
    this.holder = holder;
    this.#sessions = new HeldMap(() => SESSION, null, holder);
  }

  get(id: string): Session | undefined {
    return this.#sessions.get(id);
  }

  /**
   * Adds a session in place of one with the same id.
   * @returns one that had to be dropped to make room.
   */
  add(session: Session): Session | null {
    const isFull = this.#sessions.size >= MAX_SESSIONS && !this.#sessions.has(session.id);
    const dropped = isFull ? oldest(this.#sessions) : null;
    if (dropped !== null) this.#sessions.delete(dropped.id);
    this.#sessions.set(session.id, session);
    return dropped;
  }

  /** Forgets `session` unless another one has taken its id. */
  remove(session: Session): void {
    if (this.#sessions.get(session.id) === session) this.#sessions.delete(session.id);
  }

  /** The hosts' connections share them no longer. */
  release(): void {
    const sessions = [...this.#sessions.values()];
    this.#sessions.clear();
    for (const session of sessions) session.release();
  }
}

/** What all SMB2 connections from this client host to this server share. */
export function sharedSessions(conn: Connection): SharedSessions {
  const key = `smb2:${conn.respH}`;
  const known = conn.pair.get(key);
  if (known instanceof SharedSessions) return known;
  const shared = new SharedSessions(conn.pair);
  conn.pair.set(key, shared);
  return shared;
}

function oldest<V>(map: ReadonlyMap<unknown, V>): V | null {
  for (const value of map.values()) return value;
  return null;
}
