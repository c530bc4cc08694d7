import { recordType } from "../records/record-type.ts";
import type { CarriedFile, FileContent } from "./carried-file.ts";
import type { RecordSink } from "./protocol.ts";

/** How much of a version is known. */
export type ObjectState = "complete" | "partial" | "head-only" | "rewritten" | "size-unknown" | "interleaved";

/** What went by of a stored object, whatever the protocol: the shape that manifests are compared with. */
export const OBJECT_VERSION_RECORD = recordType({
  name: "object_version",
  own: true,
  text: "One version of a stored object as it was read or written, in whatever protocol: what of it went by, and its digests if all of it did",
  version: 1,
  layout: "connection",
  columns: {
    protocol: { kind: "string", text: "Protocol that it was carried in", example: "nfs" },
    ended: { kind: "time", text: "When the last octets of it went by" },
    direction: { kind: "enum", text: "read or write, as the client did", example: "read" },
    share: {
      kind: "string",
      text: "Share, export, or host and bucket that the object is in",
      example: "\\\\REPO01\\Backup",
    },
    object: { kind: "string", text: "Its path or key", example: "Daily\\FS01.vbk" },
    actor: { kind: "string", text: "Account, as far as the wire shows it", example: "CORP\\svc_backup" },
    begins: {
      kind: "enum",
      text: "new (made or emptied before), changed (written over what was there) or found (read as it was); unset if not known",
      example: "new",
    },
    state: {
      kind: "enum",
      text: "complete; partial; head-only (only a beginning); rewritten (a place was written twice, or read and written); size-unknown; interleaved (several wrote at one time)",
      example: "complete",
    },
    size: { kind: "count", unit: "octets", text: "Its whole length, where it is known" },
    octets: { kind: "count", unit: "octets", text: "Octets of it that went by, each place once" },
    coverage: { kind: "double", text: "Share of it that went by, 0 to 1; unset without a size", example: "1" },
    ranges: {
      kind: "string",
      text: "Places that went by, at most sixteen: first and last octet; unset if complete",
      example: "0-65535 131072-196607",
    },
    holes: {
      kind: "enum",
      text: "What lies where nothing went by: zero (never written in a new file) or unknown; unset without holes",
      example: "unknown",
    },
    rewritten: {
      kind: "count",
      unit: "octets",
      text: "Octets that went by again for a place that had some",
      example: "0",
    },
    md5: { kind: "string", text: "MD5 of the whole object", example: "44d88612fea8a8f36de82e1278abb02f" },
    sha1: {
      kind: "string",
      text: "SHA-1 of the whole object",
      example: "3395856ce81f2b7382dee72602f798b642f14140",
    },
    sha256: { kind: "string", text: "SHA-256 of the whole object" },
    chunks: {
      kind: "vector[string]",
      text: "Of a version that is not whole, the chunks of 1 MiB that are: where each begins, a colon, its SHA-256; at most 64",
      example: "1048576:30e14955ebf1352266dc2ff8067e68104607e750abb9d3b36582b8af909fcb58",
    },
    lacks: {
      kind: "enum",
      text: "Of an object that was put together from parts, why it is not known whole: `copied` (the server copied a part), `part` (a part did not go by), `order` (their order is not sure)",
      example: "copied",
    },
    not_hashed: {
      kind: "enum",
      text: "Why a whole object has no digests: `gap` (octets of it were not captured), `size` (longer than the limit), `off` (not asked for)",
      example: "size",
    },
    fuid: { kind: "string", text: "Identifier of the file in `files`", example: "FKi7Pk47Xmw8dswjRh" },
  },
});

/** What a protocol knows of the object that a file is. */
export interface StoredObject {
  readonly isWrite: boolean;
  readonly share: string | null;
  readonly object: string;
  readonly actor: string | null;
  /** Written: it was made or emptied before, or there was something. Null if that is not known. */
  readonly isNew: boolean | null;
  /** Its length, where the protocol tells another than the file's own. */
  readonly size?: number | null;
  /** Why digests of it are not those of the object (text mode, parts). */
  readonly isAltered?: boolean;
  /** Of parts: why it is not known whole. */
  readonly lacks?: "copied" | "part" | "order" | null;
  /** Where in it the first octet of the file lies; 0 by default. */
  readonly from?: number | null;
}

/** A beginning up to this length is no more than a look at what the object is. */
const LONGEST_HEAD = 1 << 20;
/** Width of the chunks of `FileContent`. */
const CHUNK_OCTETS = 1 << 20;

/** Reports a version once it is over: closed, renamed, emptied, or its connection gone. Nothing is said of what nothing came of. */
export function reportObjectVersion(
  out: RecordSink,
  protocol: string,
  stored: StoredObject,
  file: Pick<CarriedFile, "content">,
): void {
  const content = placed(file.content(), stored.from ?? 0);
  if (content === null) return;
  const { isWrite } = stored;
  // What was written to a new object and told no length is as long as what was written.
  const told = stored.size ?? content.size;
  const size =
    isWrite && stored.isNew === true ? Math.max(told ?? 0, stored.isAltered === true ? 0 : content.end) : told;
  const state = stateOf(content, isWrite, size);
  const digests = state === "complete" && stored.isAltered !== true ? content.digests : null;
  const hasHoles = size !== null && content.octets < size;
  out.emit(
    OBJECT_VERSION_RECORD,
    {
      protocol,
      ended: content.last.ts,
      direction: isWrite ? "write" : "read",
      share: stored.share,
      object: stored.object,
      actor: stored.actor,
      begins: isWrite ? (stored.isNew === null ? null : stored.isNew ? "new" : "changed") : "found",
      state,
      size,
      octets: content.octets,
      coverage: size === null || size === 0 ? null : Math.min(1, content.octets / size),
      ranges: state === "complete" ? null : content.ranges.map(([start, to]) => `${start}-${to - 1}`).join(" "),
      holes: hasHoles ? (isWrite && stored.isNew === true ? "zero" : "unknown") : null,
      rewritten: content.again,
      md5: digests?.md5 ?? null,
      sha1: digests?.sha1 ?? null,
      sha256: digests?.sha256 ?? null,
      chunks: stored.isAltered === true ? null : chunksOf(content, state),
      lacks: stored.lacks ?? null,
      not_hashed: state === "complete" ? content.notHashed : null,
      fuid: content.fuid,
    },
    content.first,
    content.last,
  );
}

/** Moved to where it lies in the object: what is only its end has no digests of the whole. */
function placed(content: FileContent | null, from: number): FileContent | null {
  if (content === null || from === 0) return content;
  const ranges = content.ranges.map(([start, end]) => [start + from, end + from] as const);
  const size = content.size === null ? null : content.size + from;
  const chunks = from % CHUNK_OCTETS === 0 ? content.chunks.map(([at, sha256]) => [at + from, sha256] as const) : [];
  return { ...content, size, ranges, chunks, end: content.end + from, digests: null };
}

/** What of a version can be compared although not all of it can; a place that was written twice is not what its digest says. */
function chunksOf({ chunks }: FileContent, state: ObjectState): string[] | null {
  if (chunks.length === 0 || (state !== "partial" && state !== "head-only" && state !== "size-unknown")) return null;
  return chunks.map(([at, sha256]) => `${at}:${sha256}`);
}

function stateOf(content: FileContent, isWrite: boolean, size: number | null): ObjectState {
  if (content.isInterleaved) return "interleaved";
  if (content.isMixed || (isWrite && content.again > 0)) return "rewritten";
  if (size === null) return "size-unknown";
  if (content.octets >= size) return "complete";
  const [first, ...more] = content.ranges;
  return !isWrite && first?.[0] === 0 && more.length === 0 && first[1] <= LONGEST_HEAD ? "head-only" : "partial";
}
