import { ENTRY, textWeight } from "../../bytes/held-budget.ts";
import { HeldMap } from "../../bytes/held-map.ts";
import { utf8OfLatin1 } from "../../bytes/text.ts";
import type { ArchiveOperation } from "../archive-op.ts";
import { reportArchiveOp } from "../archive-op.ts";
import type { CarriedFile } from "../carried-file.ts";
import { reportObjectVersion } from "../object-version.ts";
import type { Moment, RecordSink } from "../protocol.ts";
import { Listing } from "../directory-listing.ts";
import { ListedText, LISTING_COMMANDS } from "./listed-text.ts";
import type { SentCommand } from "./pending.ts";

const OPERATIONS: Readonly<Record<string, ArchiveOperation>> = {
  RETR: "read",
  STOR: "write",
  STOU: "write",
  APPE: "write",
  DELE: "delete",
  RNTO: "rename",
};
/** Paths that are remembered; beyond it a file put over another one is not told as that, and of one put behind it not the place. */
const MOST_KNOWN = 4096;

/** How a command ended. */
export interface Ended {
  readonly command: SentCommand;
  /** Path of its argument, in octets of the wire. */
  readonly path: string;
  /** RNTO: the former path. */
  readonly before: string | null;
  readonly user: string | null;
  readonly code: number | null;
  readonly text: string | null;
  /** RETR and SIZE: length of the file as the server said it. */
  readonly size: number | null;
  readonly to: Moment;
}

/** A command that moves a file, and the connection that its octets come over: what is over first waits for the other. */
interface Transfer {
  file: CarriedFile | null;
  listing: ListedText | null;
  isOver: boolean;
  ended: Ended | null;
}

/** What one session does to files: for the archive ledger, and the versions of what it stored and fetched. */
export class StoredFiles {
  readonly #out: RecordSink;
  readonly #transfers = new Map<SentCommand, Transfer>();
  /** Paths of files that are there, with their length where it is known. */
  readonly #known = new HeldMap<string, number | null>((_, path) => ENTRY / 2 + textWeight(path));
  /** What TYPE said last; null before. Text mode changes line ends. RFC 959 3.1.1 */
  #type: string | null = null;
  /** Where REST said that the next transfer begins. */
  #restart = 0;

  constructor(out: RecordSink) {
    this.#out = out;
  }

  /** Octets of a command begin to come. @returns Who reads them, if they are a listing. */
  began(command: SentCommand, file: CarriedFile): ListedText | null {
    const listing = LISTING_COMMANDS.has(command.name) ? new ListedText() : null;
    this.#transfers.set(command, { file, listing, isOver: false, ended: null });
    return listing;
  }

  /** No more octets of this file come. */
  over(file: CarriedFile): void {
    for (const [command, transfer] of this.#transfers) {
      if (transfer.file !== file) continue;
      transfer.isOver = true;
      this.#tellIfDone(command, transfer);
    }
  }

  ended(ended: Ended): void {
    const { command, path, code } = ended;
    const isGranted = code !== null && code >= 200 && code < 300;
    if (command.name === "TYPE" && isGranted) this.#type = command.argument.toUpperCase().slice(0, 1);
    if (command.name === "REST") this.#restart = code !== null && code < 400 ? placeOf(command.argument) : 0;
    // In text mode the length is that of what would be sent.
    if (command.name === "SIZE" && isGranted) this.#know(path, this.#type === "I" ? ended.size : null);
    const operation = OPERATIONS[command.name];
    const isListing = LISTING_COMMANDS.has(command.name);
    if (operation === undefined && !isListing) {
      this.#transfers.delete(command);
      return;
    }
    if (operation === undefined || operation === "read" || operation === "write") {
      const transfer = this.#transfers.get(command) ?? { file: null, listing: null, isOver: true, ended: null };
      transfer.ended = ended;
      this.#transfers.set(command, transfer);
      this.#tellIfDone(command, transfer);
      return;
    }
    if (isGranted) {
      const octets = this.#known.get(ended.before ?? path) ?? null;
      this.#known.delete(ended.before ?? path);
      if (operation === "rename") this.#know(path, octets);
    }
    this.#act(operation, ended, null);
  }

  close(): void {
    for (const [command, transfer] of this.#transfers) {
      transfer.isOver = true;
      this.#tellIfDone(command, transfer);
    }
    this.#transfers.clear();
  }

  #tellIfDone(command: SentCommand, { file, listing, isOver, ended }: Transfer): void {
    if (!isOver || ended === null) return;
    this.#transfers.delete(command);
    if (LISTING_COMMANDS.has(command.name)) {
      this.#list(command, listing, ended);
      return;
    }
    const { code, path, size } = ended;
    const restart = this.#restart;
    this.#restart = 0;
    const isGranted = code !== null && code >= 200 && code < 300;
    const isWrite = command.name !== "RETR";
    const content = file?.content() ?? null;
    const replaces = isWrite && isGranted && command.name === "STOR" && restart === 0 && this.#known.has(path);
    if (replaces) this.#act("truncate", ended, null, "replaced by what was sent under its name");
    this.#act(isWrite ? "write" : "read", ended, content?.octets ?? 0, this.#detail(command, restart));
    if (!isGranted) return;
    const isText = this.#type !== "I";
    const before = this.#known.get(path) ?? null;
    // What is put behind a file begins where that ended, if it is known.
    const from = command.name === "APPE" ? before : restart;
    const end = from === null || content === null || (isText && from > 0) ? null : from + content.end;
    const isChanged = from !== 0;
    // The server says that all of it went over: what was captured of it may be less. What is written from a place on may lie inside the file.
    const told = isWrite ? (isChanged && command.name !== "APPE" ? before : 0) : (size ?? 0);
    const octets = end === null || told === null ? null : Math.max(told, end);
    if (isWrite || !this.#known.has(path)) this.#know(path, isText ? null : octets);
    if (file === null || end === null) return;
    const stored = {
      isWrite,
      share: null,
      object: utf8OfLatin1(path),
      actor: ended.user,
      isNew: isWrite ? !isChanged : null,
      size: octets,
      isAltered: isText,
      from,
    };
    reportObjectVersion(this.#out, "ftp", stored, file);
  }

  /** A pattern asks for a part; a server without an answer, or an empty one over no connection, says nothing sure. */
  #list({ name, argument, at }: SentCommand, text: ListedText | null, { path, user, code, to }: Ended): void {
    if (text === null || code === null || code < 200 || code >= 300) return;
    const { names, isWhole } = text.names(name);
    const listing = new Listing(!/[*?[]/.test(argument), at);
    for (const each of names) listing.add(each);
    if (!isWhole) listing.lost();
    listing.to = to;
    listing.report(this.#out, "ftp", { share: null, object: utf8OfLatin1(path), actor: user }, true);
  }

  #detail({ name }: SentCommand, restart: number): string | null {
    if (restart > 0) return `from octet ${restart} on`;
    return name === "APPE" ? "put behind what was there" : null;
  }

  #act(operation: ArchiveOperation, ended: Ended, octets: number | null, detail: string | null = null): void {
    const { command, path, before, code, text, user, to } = ended;
    const act = {
      operation,
      outcome: outcomeOf(code),
      status: code === null ? null : `${code} ${utf8OfLatin1(text ?? "")}`.trim(),
      object: utf8OfLatin1(before ?? path),
      newObject: before === null ? null : utf8OfLatin1(path),
      octetsRead: operation === "read" ? octets : null,
      octetsWritten: operation === "write" ? octets : null,
      actor: user,
      detail,
    };
    reportArchiveOp(this.#out, "ftp", act, command.at, to);
  }

  #know(path: string, octets: number | null): void {
    if (this.#known.size < MOST_KNOWN || this.#known.has(path)) this.#known.set(path, octets);
  }
}

/** The place that REST names; 0 if it is none. */
function placeOf(argument: string): number {
  const place = Number(argument);
  return Number.isSafeInteger(place) && place > 0 ? place : 0;
}

function outcomeOf(code: number | null): "asked" | "granted" | "refused" {
  if (code === null || code < 200 || (code >= 300 && code < 400)) return "asked";
  return code < 300 ? "granted" : "refused";
}
