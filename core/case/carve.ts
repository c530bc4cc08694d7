import { createHash } from "node:crypto";
import { createReadStream, existsSync, statSync } from "node:fs";
import { rm } from "node:fs/promises";
import { basename } from "node:path";
import { BacktrailError, isProblem } from "../contracts/result.ts";
import type { CarveSelection, ChosenFrames } from "./carve-selection.ts";
import { chooseFrames, frameName } from "./carve-selection.ts";
import type { Case } from "./case.ts";
import { DeletedSegments } from "./deleted-segments.ts";
import { ioProblem } from "./io-problem.ts";
import type { EvidenceEntry } from "./ledger.ts";
import { draftOf, putInPlace } from "./output-file.ts";
import type { LocatedFrames } from "./packet-index.ts";

/** A pcapng file being written. */
export interface CarvedFile {
  /** Returns the interface's id. */
  addInterface(text: {
    readonly linkType: number;
    readonly snapLength: number;
    readonly name?: string | null;
    readonly description?: string | null;
    readonly comments?: readonly string[];
  }): Promise<number>;
  frame(
    interfaceId: number,
    ts: bigint,
    wireLength: number,
    frame: Uint8Array,
    comments?: readonly string[],
  ): Promise<void>;
  close(): Promise<void>;
}

/** Reading and writing of captures, which another part of the program knows how to do. */
export interface CarveTools {
  /** Reads frames of a capture by ascending offset; `visit` borrows the octets until its promise is done. */
  readonly readFrames: (
    path: string,
    wanted: readonly { readonly offset: number; readonly octets: number }[],
    visit: (index: number, frame: Uint8Array) => void | Promise<void>,
  ) => Promise<void>;
  readonly create: (
    path: string,
    section: { readonly application: string; readonly comments: readonly string[] },
  ) => Promise<CarvedFile>;
  /** Identifier of the connection with a session key. */
  readonly uidOf: (key: number) => string;
  readonly application: string;
  /** Octets of a frame that are written, for a file without payload; all if absent. */
  readonly headerOctets?: (frame: Uint8Array, linkType: number) => number;
  /** True for a file that is part of another, which is journaled as a whole. */
  readonly isPart?: boolean;
}

export interface CarveResult {
  readonly path: string;
  readonly frames: number;
  readonly captures: readonly number[];
  readonly sha256: string;
}

const HEADERS_ONLY =
  "Headers only: each frame is cut behind its transport header; lengths on the wire, addresses and checksums are as captured, and checksums over payload can no longer be computed";

/** Octets of frames held at a time where captures that overlap in time are merged. */
const WINDOW_OCTETS = 32 * 1024 * 1024;

/**
 * Writes exactly the selected packets, in the order in which they were analysed, into a pcapng file whose comments name
 * what was selected and the SHA-256 of each capture they come from. The journal notes the file and its hash.
 * @throws BacktrailError `no-packets`, `evidence-changed`, or what prevents reading or writing.
 */
export async function carve(
  source: Case,
  selection: CarveSelection,
  path: string,
  tools: CarveTools,
): Promise<CarveResult> {
  const chosen = await chooseFrames(source, selection, tools.uidOf);
  const origins: Origin[] = [];
  for (const { capture } of chosen.captures) origins.push(await originOf(source, capture));
  const comments = [
    // What follows the first comment quotes what the packets held.
    ...(tools.headerOctets === undefined ? chosen.comments : chosen.comments.slice(0, 1)),
    ...origins.map(({ entry }) => `From capture ${entry.number}: ${basename(entry.path)}, SHA-256 ${entry.sha256}`),
    `Case ${source.info.name} (${source.info.id}); times are UTC`,
    ...(tools.headerOctets === undefined ? [] : [HEADERS_ONLY]),
  ];
  const part = draftOf(path);
  try {
    const file = await tools.create(part, { application: tools.application, comments });
    try {
      await writeFrames(file, chosen, origins, tools);
    } finally {
      await file.close();
    }
    const sha256 = await hashOf(part);
    await putInPlace(part, path);
    const frames = chosen.captures.reduce((sum, { count }) => sum + count, 0);
    if (!source.isReadOnly && tools.isPart !== true)
      source.journal.append("packets-carved", {
        object: path,
        sha256,
        detail: {
          what: chosen.what,
          frames,
          ...(tools.headerOctets === undefined ? {} : { headersOnly: true }),
        },
      });
    return { path, frames, captures: chosen.captures.map(({ capture }) => capture), sha256 };
  } catch (error) {
    await rm(part, { force: true });
    // The writer names the draft, which is gone: what prevented it is said of the file that was asked for.
    const isWriters = isProblem(error, "capture.unwritable");
    throw ioProblem(isWriters ? error.cause : error, `writing ${path}`);
  }
}

interface Origin {
  readonly entry: EvidenceEntry;
  /** Where the file is now. */
  readonly path: string;
}

/** The capture file as it lies there now. @throws BacktrailError `evidence-changed` where it is not what was analysed. */
export async function originOf(source: Case, capture: number): Promise<Origin> {
  const entry = source.ledger.get(capture);
  if (entry === undefined) throw new Error(`capture ${capture} is not in the ledger`);
  const path = source.ledger.locate(entry);
  const gone = (what: string): BacktrailError =>
    new BacktrailError(
      "evidence-changed",
      `${path} ${what}: restore the capture that the case was made from (SHA-256 ${entry.sha256}) and try again.`,
    );
  const ring = existsSync(path) ? null : new DeletedSegments(source.journal.entries).reason(entry);
  if (ring !== null) throw new BacktrailError("evidence-changed", `${path} is not there any more: ${ring}.`);
  if (entry.modified === null) throw gone("was read from standard input or a pipe and cannot be read again");
  let octets: number;
  try {
    octets = statSync(path).size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") throw gone("is missing");
    throw ioProblem(error, `reading ${path}`);
  }
  if (octets !== entry.octets) throw gone(`has ${octets} octets instead of ${entry.octets}`);
  const { state, difference, check } = await source.ledger.checkBeforeReading(entry);
  if (state === "changed") throw gone(`is not what it was (${difference ?? ""})`);
  if (check === "sha256" && state === "ok" && !source.isReadOnly) source.ledger.rememberSeen(entry);
  return { entry, path };
}

async function writeFrames(
  file: CarvedFile,
  chosen: ChosenFrames,
  origins: readonly Origin[],
  tools: CarveTools,
): Promise<void> {
  const sink = new FrameSink(file, chosen, origins, tools.headerOctets);
  const order = chosen.captures
    .map((_, at) => at)
    .sort((a, b) => chosen.captures[a]!.ordinals[0]! - chosen.captures[b]!.ordinals[0]!);
  const isDisjoint = order.every(
    (at, i) => i === 0 || chosen.captures[order[i - 1]!]!.ordinals.at(-1)! < chosen.captures[at]!.ordinals[0]!,
  );
  if (isDisjoint) {
    for (const at of order) {
      const frames = chosen.captures[at]!;
      await tools.readFrames(origins[at]!.path, placesOf(frames, rowsOf(frames)), (i, octets) =>
        sink.write(at, i, octets),
      );
    }
    return;
  }
  for (const window of windowsOf(chosen.captures)) {
    const held = new Map<string, Uint8Array>();
    for (const at of order) {
      const rows = window.filter((item) => item.at === at).map((item) => item.row);
      if (rows.length === 0) continue;
      await tools.readFrames(
        origins[at]!.path,
        placesOf(chosen.captures[at]!, rows),
        (i, octets) => void held.set(frameName(at, rows[i]!), octets.slice()),
      );
    }
    for (const { at, row } of window) await sink.write(at, row, held.get(frameName(at, row))!);
  }
}

function rowsOf(frames: LocatedFrames): number[] {
  return Array.from({ length: frames.count }, (_, row) => row);
}

function placesOf(frames: LocatedFrames, rows: readonly number[]): { offset: number; octets: number }[] {
  return rows.map((row) => ({ offset: frames.offsets[row]!, octets: frames.lengths[row]! }));
}

/** Frames of several captures in the order of analysis, cut so that each part's octets can be held. */
function windowsOf(captures: readonly LocatedFrames[]): { at: number; row: number }[][] {
  const all = captures.flatMap((frames, at) =>
    rowsOf(frames).map((row) => ({ at, row, ordinal: frames.ordinals[row]!, octets: frames.lengths[row]! })),
  );
  all.sort((a, b) => a.ordinal - b.ordinal);
  const windows: { at: number; row: number }[][] = [[]];
  let held = 0;
  for (const { at, row, octets } of all) {
    if (held + octets > WINDOW_OCTETS && held > 0) {
      windows.push([]);
      held = 0;
    }
    held += octets;
    windows.at(-1)!.push({ at, row });
  }
  return windows;
}

/** Writes frames, and describes each interface before its first frame. */
class FrameSink {
  readonly #file: CarvedFile;
  readonly #chosen: ChosenFrames;
  readonly #origins: readonly Origin[];
  readonly #headerOctets: CarveTools["headerOctets"];
  readonly #interfaces = new Map<string, number>();

  constructor(
    file: CarvedFile,
    chosen: ChosenFrames,
    origins: readonly Origin[],
    headerOctets: CarveTools["headerOctets"],
  ) {
    this.#headerOctets = headerOctets;
    this.#file = file;
    this.#chosen = chosen;
    this.#origins = origins;
  }

  async write(at: number, row: number, whole: Uint8Array): Promise<void> {
    const frames = this.#chosen.captures[at]!;
    const { entry } = this.#origins[at]!;
    const [iface, linkType] = [frames.interfaces[row]!, frames.linkTypes[row]!];
    const name = `${at}/${iface}/${linkType}`;
    let id = this.#interfaces.get(name);
    if (id === undefined) {
      const known = entry.interfaces[iface];
      id = await this.#file.addInterface({
        linkType,
        snapLength: known?.snapLength ?? 0,
        name: known?.name ?? null,
        description: known?.description ?? null,
        comments: [`Interface ${iface} of capture ${entry.number}`],
      });
      this.#interfaces.set(name, id);
    }
    const frame = frames.frames[row]!;
    const octets = this.#headerOctets === undefined ? whole : whole.subarray(0, this.#headerOctets(whole, linkType));
    const comments = [
      ...(this.#chosen.frameComments.get(frameName(entry.number, frame)) ?? []),
      `Frame ${frame} of capture ${entry.number}`,
    ];
    await this.#file.frame(id, frames.times[row]!, frames.wireLengths[row]!, octets, comments);
  }
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const block of createReadStream(path)) hash.update(block as Buffer);
  return hash.digest("hex");
}
