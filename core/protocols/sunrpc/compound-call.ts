import type { Exchange, ProgramCall, Transfer } from "./exchange.ts";
import type { FileAnswer } from "./file-message.ts";
import { fileCall } from "./file-message.ts";
import type { FileNode, Handles } from "./handles.ts";
import { pathOf } from "./handles.ts";
import type { Count } from "./nfs-call.ts";
import { transferOf } from "./nfs-call.ts";
import { nfsStatusName } from "./nfs-status.ts";
import type { Compound } from "./nfs4.ts";
import { readCompound, readCompoundAnswer } from "./nfs4.ts";
import type { OperationLog } from "./operation-log.ts";
import type { XdrReader } from "./xdr.ts";

interface CompoundAnswer {
  readonly status: number;
  readonly answers: FileAnswer[];
}

/** The file handles that operations of a compound work on. RFC 8881 16.2.3.1 */
interface Place {
  current: FileNode | null;
  saved: FileNode | null;
}

/** Status of operations behind one that failed. */
export const NOT_TRIED = "not tried";
/** Operations on a name in the current directory that leave the directory current. */
const ON_NAMES: ReadonlySet<string> = new Set(["REMOVE", "SECINFO"]);

/** The node of a handle, with what was told of it under its name. */
function sameAs(named: FileNode, node: FileNode): FileNode {
  if (named.isFresh) node.isFresh = true;
  return node;
}

/** One compound of version 4. */
export class CompoundCall implements ProgramCall<CompoundAnswer> {
  readonly #compound: Compound;
  readonly #handles: Handles;
  readonly #log: OperationLog;
  readonly #count: Count;

  /** @param x Arguments; null if they are sealed. */
  constructor(x: XdrReader | null, handles: Handles, log: OperationLog, count: Count) {
    this.#compound = x === null ? { minor: 0, calls: [fileCall("COMPOUND")], codes: [] } : readCompound(x);
    this.#handles = handles;
    this.#log = log;
    this.#count = count;
  }

  get sent(): readonly Transfer[] {
    return this.#walk((call, place) => transferOf(call, call.payload, place.current, null, true));
  }

  read(x: XdrReader): CompoundAnswer {
    return readCompoundAnswer(x);
  }

  transfers({ answers }: CompoundAnswer): readonly Transfer[] {
    return this.#walk((call, place, i) => {
      const answer = answers[i];
      return answer === undefined ? [] : transferOf(call, answer.payload, place.current, null, false);
    });
  }

  report(answer: CompoundAnswer | null, exchange: Exchange): void {
    const { calls, minor } = this.#compound;
    const version = this.#compound.codes.length === 0 && answer === null ? "4" : `4.${minor}`;
    const place: Place = { current: null, saved: null };
    const whole = answer === null ? exchange.refusal : nfsStatusName(4, answer.status);
    this.#count("COMPOUND", exchange, answer?.status === 0, whole);
    for (let i = 0; i < calls.length; i++) {
      const call = calls[i]!;
      const result = answer?.answers[i] ?? null;
      // Behind an operation that failed, none is tried.
      if (answer !== null && result === null) {
        this.#count(call.operation, exchange, false, NOT_TRIED);
        continue;
      }
      const status = result === null ? exchange.refusal : nfsStatusName(4, result.status);
      if (call.operation !== "COMPOUND") this.#count(call.operation, exchange, result?.status === 0, status);
      this.#reportOne(i, result, place, version, exchange);
    }
  }

  #reportOne(i: number, answer: FileAnswer | null, place: Place, version: string, exchange: Exchange): void {
    const call = this.#compound.calls[i]!;
    const handles = this.#handles;
    const before = place.current;
    const { operation, name } = call;
    this.#step(i, place, answer);
    const isOnName = ON_NAMES.has(operation) && before !== null && name !== null;
    let node = isOnName ? handles.child(before, name) : place.current;
    let newPath: string | null = null;
    if (operation === "RENAME" && name !== null) {
      node = place.saved === null ? null : handles.child(place.saved, name);
      if (before !== null && call.toName !== null) newPath = pathOf(handles.child(before, call.toName));
    } else if (operation === "LINK" || operation === "COPY" || operation === "CLONE") {
      node = place.saved;
      if (before !== null) newPath = pathOf(call.toName === null ? before : handles.child(before, call.toName));
    }
    const existed = node?.exists ?? false;
    if (answer?.status === 0 && before !== null)
      for (const entry of answer.entries) handles.learn(entry.handle, before, entry.name);
    if (node !== null && (operation === "CLOSE" || operation === "REMOVE" || operation === "RENAME"))
      this.#log.flush(node);
    this.#log.report({ version, call, answer, node, newPath, exchange, existed });
    if (answer?.status !== 0) return;
    if (operation === "REMOVE" && before !== null && name !== null) handles.removed(before, name);
    if (operation === "RENAME" && before !== null && place.saved !== null && name !== null && call.toName !== null)
      handles.moved(place.saved, name, before, call.toName);
  }

  /** What one operation does to the current and the saved file handle. */
  #step(i: number, place: Place, answer: FileAnswer | null): void {
    const call = this.#compound.calls[i]!;
    const handles = this.#handles;
    switch (call.operation) {
      case "PUTFH":
        place.current = call.handle === null ? null : handles.at(call.handle);
        return;
      case "PUTROOTFH":
      case "PUTPUBFH":
        place.current = handles.root;
        return;
      case "SAVEFH":
        place.saved = place.current;
        return;
      case "RESTOREFH":
        place.current = place.saved;
        return;
      case "LOOKUPP":
        place.current = place.current?.parent ?? null;
        return;
      case "LOOKUP":
      case "OPEN":
      case "CREATE":
        if (call.name !== null && place.current !== null) place.current = handles.child(place.current, call.name);
        return;
      case "GETFH": {
        const { current } = place;
        if (answer === null || answer.handle === null || current === null || current.handle !== null) return;
        if (current.root !== null) place.current = handles.rooted(answer.handle, current);
        else if (current.parent !== null && current.name !== null)
          place.current = sameAs(current, handles.learn(answer.handle, current.parent, current.name));
        return;
      }
      default:
    }
  }

  #walk(at: (call: Compound["calls"][number], place: Place, i: number) => readonly Transfer[]): readonly Transfer[] {
    const found: Transfer[] = [];
    const place: Place = { current: null, saved: null };
    this.#compound.calls.forEach((call, i) => {
      this.#step(i, place, null);
      found.push(...at(call, place, i));
    });
    return found;
  }
}
