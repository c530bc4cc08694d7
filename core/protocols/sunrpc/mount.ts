import type { RecordSink } from "../protocol.ts";
import type { Exchange, ProgramCall } from "./exchange.ts";
import { clientOf, outcomeOf } from "./exchange.ts";
import type { Handles } from "./handles.ts";
import { flavorName } from "./message.ts";
import { hashOf } from "./operation-log.ts";
import { MOUNT, procedureName } from "./programs.ts";
import { mountRecord } from "./records.ts";
import type { XdrReader } from "./xdr.ts";

/** Statuses of version 3; those of versions 1 and 2 are Unix error numbers, the same. RFC 1813 5.1.5 */
const STATUSES: Readonly<Record<number, string>> = {
  0: "OK",
  1: "ERR_PERM",
  2: "ERR_NOENT",
  5: "ERR_IO",
  13: "ERR_ACCES",
  20: "ERR_NOTDIR",
  22: "ERR_INVAL",
  63: "ERR_NAMETOOLONG",
  10004: "ERR_NOTSUPP",
  10006: "ERR_SERVERFAULT",
};
/** Most entries of one list that a row shows, and most hosts and groups of one of them. */
const MOST_ENTRIES = 256;
const MOST_GROUPS = 32;
const MOST_FLAVORS = 16;
/** Octets of a handle of versions 1 and 2. RFC 1094 A.4.1 */
const HANDLE_OCTETS = 32;

interface Mounted {
  readonly status: number;
  readonly handle: string | null;
  readonly flavors: readonly string[] | null;
  readonly entries: readonly string[] | null;
}

export function mountStatusName(status: number): string {
  const name = STATUSES[status];
  return name === undefined ? String(status) : name === "OK" ? "MNT3_OK" : `MNT3${name}`;
}

/** One call to the mount service. RFC 1094 appendix A, RFC 1813 5 */
export class MountCall implements ProgramCall<Mounted> {
  readonly #out: RecordSink;
  readonly #handles: Handles;
  readonly #version: number;
  readonly #operation: string;
  readonly #path: string | null;

  constructor(out: RecordSink, handles: Handles, version: number, procedure: number, x: XdrReader) {
    this.#out = out;
    this.#handles = handles;
    this.#version = version;
    this.#operation = procedureName(MOUNT, version, procedure);
    this.#path = this.#operation === "MNT" || this.#operation === "UMNT" ? x.text() : null;
  }

  read(x: XdrReader): Mounted {
    const nothing: Mounted = { status: 0, handle: null, flavors: null, entries: null };
    switch (this.#operation) {
      case "MNT":
        return this.#readMounted(x);
      case "DUMP":
        return { ...nothing, entries: readList(x, () => `${x.text()} ${x.text()}`) };
      case "EXPORT":
      case "EXPORTALL":
        return { ...nothing, entries: readList(x, () => [x.text(), ...readGroups(x)].join(" ")) };
      default:
        return nothing;
    }
  }

  transfers(): readonly [] {
    return [];
  }

  report(mounted: Mounted | null, exchange: Exchange): void {
    if (this.#operation === "NULL") return;
    const path = this.#path;
    const isGood = mounted?.status === 0;
    if (mounted?.handle && path !== null) this.#handles.mounted(mounted.handle, path);
    const row = {
      operation: this.#operation,
      version: this.#version,
      outcome: outcomeOf(exchange, isGood),
      status: mounted === null ? exchange.refusal : this.#operation === "MNT" ? mountStatusName(mounted.status) : null,
      path,
      handle: !mounted?.handle ? null : hashOf(mounted.handle),
      auth_flavors: mounted?.flavors ?? null,
      entries: mounted?.entries ?? null,
      ...clientOf(exchange),
    };
    this.#out.emit(mountRecord, row, exchange.from, exchange.to);
  }

  #readMounted(x: XdrReader): Mounted {
    const status = x.u32();
    if (status !== 0) {
      if (!(status in STATUSES) && !x.truncated) {
        x.odd("invalid_mount_status", status);
        if (x.r.left > 0) x.odd("excess_RPC", 0);
      }
      return { status, handle: null, flavors: null, entries: null };
    }
    const handle = this.#version < 3 ? x.r.hex(HANDLE_OCTETS) : x.opaque();
    const flavors: string[] = [];
    const count = this.#version < 3 ? 0 : x.u32();
    for (let i = 0; i < Math.min(count, MOST_FLAVORS) && !x.truncated; i++) {
      const flavor = x.u32();
      const name = flavorName(flavor);
      if (name === String(flavor) && !x.truncated) x.odd("unhandled_mount3_auth_flavor", flavor);
      flavors.push(name);
    }
    return { status, handle: x.truncated ? null : handle, flavors: this.#version < 3 ? null : flavors, entries: null };
  }
}

function readList(x: XdrReader, readOne: () => string): string[] {
  const list: string[] = [];
  while (x.bool() && !x.truncated) {
    const entry = readOne();
    if (list.length < MOST_ENTRIES && !x.truncated) list.push(entry);
  }
  return list;
}

function readGroups(x: XdrReader): string[] {
  const groups: string[] = [];
  while (x.bool() && !x.truncated) {
    const group = x.text();
    if (groups.length < MOST_GROUPS) groups.push(group);
  }
  return groups;
}
