import { ENTRY, textWeight, type Holder } from "../../bytes/held-budget.ts";
import { HeldMap } from "../../bytes/held-map.ts";
import type { Pair } from "../pair.ts";

/** A file or directory of a server. */
export interface FileNode {
  readonly id: number;
  handle: string | null;
  name: string | null;
  parent: FileNode | null;
  /** Path of an export's root, or "" for the root of a server of version 4; else null. */
  root: string | null;
  /** First octets, as far as they went by. */
  head: Uint8Array | null;
  /** It was there before, as an answer said. */
  exists: boolean;
  /** It was made or emptied, and nothing was written since. */
  isFresh: boolean;
  /** Its length as far as known. */
  size: number | null;
}

/** Handles that are known of one pair of hosts; a backup server touches some thousand at a time. The oldest are forgotten. */
const MOST_HANDLES = 8192;
/** Octets of memory of a file with its handle, and the first octets of it, about. */
const NODE = ENTRY + 128;
/** Deepest path that is put together; also ends a circle that renames may have made. */
const DEEPEST = 64;
const KEY = "nfs handles";
/** Roots that are passed over to find something older to forget. */
const MOST_SPARED = 16;

/** Which path a handle stands for: learnt from what a server told, by all connections of two hosts. */
export class Handles {
  readonly #byHandle: HeldMap<string, FileNode>;
  readonly #byName: HeldMap<string, FileNode>;
  #root: FileNode | null = null;
  #made = 0;

  readonly #forgot: () => void;

  private constructor(forgot: () => void, holder: Holder | null) {
    this.#forgot = forgot;
    // A handle is hexadecimal, an octet a digit. Without the roots no path is known any more.
    const weigh = (_: FileNode, handle: string): number => NODE + 16 + handle.length;
    const isRoot = ({ root }: FileNode): boolean => root !== null;
    this.#byHandle = new HeldMap(weigh, forgot, holder, isRoot);
    this.#byName = new HeldMap((_, name) => ENTRY / 2 + 2 * textWeight(name), forgot, holder, isRoot);
  }

  /** The hosts' connections share it no longer. */
  release(): void {
    this.#byHandle.clear();
    this.#byName.clear();
  }

  /**
   * The table of the two hosts; all their connections share it.
   * @param forgot Told when a file is forgotten to make room.
   */
  static of(pair: Pair, server: string, forgot: () => void): Handles {
    const key = `${KEY} ${server}`;
    const known = pair.get(key);
    if (known instanceof Handles) return known;
    const made = new Handles(forgot, pair);
    pair.set(key, made);
    return made;
  }

  at(handle: string): FileNode {
    const known = this.#byHandle.get(handle);
    if (known !== undefined) return known;
    const node = this.#make(handle, null, null);
    this.#bound(this.#byHandle);
    this.#byHandle.set(handle, node);
    return node;
  }

  /** What has that name in a directory, known or not. */
  child(parent: FileNode, name: string): FileNode {
    return this.#byName.get(keyOf(parent, name)) ?? this.#make(null, parent, name);
  }

  /** An answer gave the handle of what has that name. */
  learn(handle: string, parent: FileNode, name: string): FileNode {
    const node = this.at(handle);
    if (name === "." || name === "..") return node;
    if (node.root === null && node !== parent) this.#place(node, parent, name);
    node.exists = true;
    return node;
  }

  /** The root of a server of version 4. */
  get root(): FileNode {
    this.#root ??= { ...this.#make(null, null, null), root: "" };
    return this.#root;
  }

  /** An answer gave the handle of the root. */
  rooted(handle: string, root: FileNode): FileNode {
    this.#bound(this.#byHandle);
    root.handle = handle;
    this.#byHandle.set(handle, root);
    return root;
  }

  /** The root of an export was mounted. */
  mounted(handle: string, path: string): FileNode {
    const node = this.at(handle);
    const root = path.length > 1 ? path.replace(/(?<!\/)\/+$/u, "") : path;
    // A directory inside an export that is known already can be mounted as well.
    if (pathOf(node) !== root) node.root = root;
    return node;
  }

  moved(from: FileNode, name: string, to: FileNode, newName: string): void {
    const node = this.#byName.get(keyOf(from, name));
    this.#byName.delete(keyOf(from, name));
    if (node !== undefined && node !== to) this.#place(node, to, newName);
  }

  removed(parent: FileNode, name: string): void {
    this.#byName.delete(keyOf(parent, name));
  }

  #place(node: FileNode, parent: FileNode, name: string): void {
    if (node.parent !== null && node.name !== null) {
      const before = keyOf(node.parent, node.name);
      if (this.#byName.get(before) === node) this.#byName.delete(before);
    }
    node.parent = parent;
    node.name = name;
    this.#bound(this.#byName);
    this.#byName.set(keyOf(parent, name), node);
  }

  #make(handle: string | null, parent: FileNode | null, name: string | null): FileNode {
    return {
      id: this.#made++,
      handle,
      name,
      parent,
      root: null,
      head: null,
      exists: false,
      isFresh: false,
      size: null,
    };
  }

  #bound(map: Map<string, FileNode>): void {
    if (map.size < MOST_HANDLES) return;
    let spared = 0;
    for (const [key, node] of map) {
      map.delete(key);
      if (node.root === null || ++spared > MOST_SPARED) break;
      map.set(key, node); // comes by again at the end
    }
    this.#forgot();
  }
}

function keyOf(parent: FileNode, name: string): string {
  return `${parent.id}/${name}`;
}

/** Its path from the server's or the export's root; "…" stands for what is not known. Null if nothing is. */
export function pathOf(node: FileNode): string | null {
  const names: string[] = [];
  let at: FileNode | null = node;
  for (let depth = 0; depth < DEEPEST; depth++) {
    if (at.root !== null)
      return `${at.root.replace(/(?<!\/)\/+$/u, "")}/${names.reverse().join("/")}`.replace(/(?<=.)\/$/u, "");
    if (at.name === null) break;
    names.push(at.name);
    if (at.parent === null) break;
    at = at.parent;
  }
  return names.length === 0 ? null : `…/${names.reverse().join("/")}`;
}

/** Path of the export that it lies in; null if its mount was not seen. */
export function exportOf(node: FileNode): string | null {
  let at: FileNode | null = node;
  for (let depth = 0; depth < DEEPEST && at !== null; depth++) {
    if (at.root !== null) return at.root === "" ? null : at.root;
    at = at.parent;
  }
  return null;
}
