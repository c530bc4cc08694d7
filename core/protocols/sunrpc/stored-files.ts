import { ENTRY, textWeight } from "../../bytes/held-budget.ts";
import { HeldMap } from "../../bytes/held-map.ts";
import type { CarriedFile } from "../carried-file.ts";
import { reportObjectVersion } from "../object-version.ts";
import type { Connection, RecordSink } from "../protocol.ts";
import type { Done } from "./done.ts";
import { isNew } from "./done.ts";
import { actorOf } from "./exchange.ts";
import type { FileNode } from "./handles.ts";
import { exportOf, pathOf } from "./handles.ts";

/** Files that one connection is at; the one that moved last the longest ago is told for a new one. */
const MOST_FILES = 512;
/** Behind so long a silence, what is read or written is another version: version 3 has no close. */
const SILENCE_NS = 120_000_000_000n;
const MOVES: ReadonlySet<string> = new Set(["READ", "READ_PLUS", "WRITE"]);

/** A version of a file while it is read or written. */
interface Version {
  readonly node: FileNode;
  readonly isWrite: boolean;
  readonly isNew: boolean | null;
  readonly file: CarriedFile;
  /** Octets of memory, about, with the path, which may be long. */
  readonly weight: number;
  actor: string | null;
  /** It was cut while it was written, so that what went by is not what is there. */
  isCut: boolean;
  last: bigint;
}

/** What is read and written of the files of a server: one version from its first octets until it is closed, moved, emptied or at rest. */
export class StoredFiles {
  readonly #conn: Connection;
  readonly #out: RecordSink;
  readonly #versions = new HeldMap<string, Version>(
    ({ weight }) => weight,
    (version, key) => this.#givenUp(key, version),
  );

  constructor(conn: Connection, out: RecordSink) {
    this.#conn = conn;
    this.#out = out;
  }

  /** The file that octets go to; null if nobody knows whose they are. */
  fileOf(node: FileNode, isWrite: boolean, fromOriginator: boolean): CarriedFile | null {
    if (node.handle === null) return null;
    const key = `nfs ${this.#conn.respH} ${node.handle} ${isWrite ? "write" : "read"}`;
    const now = this.#conn.now.ts;
    let version = this.#versions.get(key);
    if (version !== undefined && now - version.last > SILENCE_NS) {
      this.#over(key, version);
      version = undefined;
    }
    if (version === undefined) {
      if (this.#versions.size >= MOST_FILES) {
        const [oldest, rested] = this.#versions.entries().next().value!;
        this.#givenUp(oldest, rested);
      }
      const filename = pathOf(node);
      const file = this.#conn.file({ source: "NFS", isOrig: fromOriginator, filename, key });
      const isFresh = node.isFresh ? true : node.exists ? false : null;
      const weight = ENTRY + 2 * textWeight(key) + textWeight(filename);
      version = { node, isWrite, isNew: isFresh, file, weight, actor: null, isCut: false, last: now };
    }
    // Moved to the end, so that the first is always the one that rested longest.
    this.#versions.delete(key);
    this.#versions.set(key, version);
    version.last = now;
    return version.file;
  }

  /** What an operation tells of versions, or does to them. */
  did(done: Done): void {
    const { call, answer, node } = done;
    if (node === null) return;
    const isGood = answer?.status === 0;
    const version = this.#of(node, call.operation === "WRITE");
    if (MOVES.has(call.operation) && version !== undefined) version.actor = actorOf(done.exchange);
    if (call.operation === "WRITE" && answer !== null && !isGood && call.offset !== null)
      version?.file.refused(call.offset, call.octets ?? call.payload?.octets ?? 0);
    if (!isGood) return;
    if (answer.size !== null) node.size = answer.size;
    else if (answer.isEnd && call.operation === "READ" && call.offset !== null)
      node.size = call.offset + (answer.octets ?? 0);
    switch (call.operation) {
      case "CREATE":
      case "OPEN":
        if (isNew(done) || call.size === 0) this.#emptied(node);
        return;
      case "SETATTR":
        this.#sized(node, call.size);
        return;
      case "CLOSE":
      case "REMOVE":
      case "RENAME":
        this.#ended(node);
        return;
      default:
    }
  }

  close(): void {
    for (const [key, version] of this.#versions) this.#over(key, version);
  }

  #emptied(node: FileNode): void {
    this.#ended(node);
    node.isFresh = true;
    node.size = null;
  }

  #sized(node: FileNode, size: number | null): void {
    if (size === null) return;
    if (size === 0) {
      this.#emptied(node);
      return;
    }
    node.size = size;
    const version = this.#of(node, true);
    if (version !== undefined && (version.file.content()?.end ?? 0) > size) version.isCut = true;
  }

  #ended(node: FileNode): void {
    for (const [key, version] of this.#versions) if (version.node === node) this.#over(key, version);
  }

  #of(node: FileNode, isWrite: boolean): Version | undefined {
    return this.#versions.get(`nfs ${this.#conn.respH} ${node.handle ?? ""} ${isWrite ? "write" : "read"}`);
  }

  #givenUp(key: string, version: Version): void {
    this.#out.forgot("NFS file");
    this.#over(key, version);
  }

  #over(key: string, version: Version): void {
    const { node, file, isWrite, isNew: wasNew, actor, isCut } = version;
    this.#versions.delete(key);
    file.close();
    if (isWrite) {
      node.isFresh = false;
      node.exists = true;
      const end = file.content()?.end ?? 0;
      // Written beyond what was told of it.
      if (!isCut && (wasNew === true || node.size !== null)) node.size = Math.max(node.size ?? 0, end);
    }
    const { size } = node;
    const object = pathOf(node);
    if (object === null) return;
    const share = exportOf(node);
    const stored = { isWrite, share, object, actor, isNew: isWrite ? wasNew : null, size, isAltered: isCut };
    reportObjectVersion(this.#out, "nfs", stored, file);
  }
}
