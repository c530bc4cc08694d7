import type { Exchange, ProgramCall, Transfer } from "./exchange.ts";
import type { FileAnswer, FileCall } from "./file-message.ts";
import { fileCall } from "./file-message.ts";
import type { FileNode, Handles } from "./handles.ts";
import { pathOf } from "./handles.ts";
import { readNfs2Answer, readNfs2Call } from "./nfs2.ts";
import { readNfs3Answer, readNfs3Call } from "./nfs3.ts";
import { isKnownStatus, nfsStatusName } from "./nfs-status.ts";
import type { OperationLog } from "./operation-log.ts";
import type { XdrReader } from "./xdr.ts";

/** Counts one operation by its name. */
export type Count = (procedure: string, exchange: Exchange, isGood: boolean, status: string | null) => void;

/** One call of version 2 or 3. */
export class NfsCall implements ProgramCall<FileAnswer> {
  readonly #version: number;
  readonly #call: FileCall;
  readonly #handles: Handles;
  readonly #log: OperationLog;
  readonly #count: Count;

  /** @param x Arguments; null if they are sealed. */
  constructor(
    version: number,
    operation: string,
    x: XdrReader | null,
    handles: Handles,
    log: OperationLog,
    count: Count,
  ) {
    this.#version = version;
    this.#call =
      x === null ? fileCall(operation) : version === 2 ? readNfs2Call(operation, x) : readNfs3Call(operation, x);
    this.#handles = handles;
    this.#log = log;
    this.#count = count;
  }

  /** File data in the call itself. */
  get sent(): readonly Transfer[] {
    return transferOf(this.#call, this.#call.payload, this.#node(), null, true);
  }

  read(x: XdrReader): FileAnswer {
    const { operation } = this.#call;
    const answer = this.#version === 2 ? readNfs2Answer(operation, x) : readNfs3Answer(operation, x);
    if (!isKnownStatus(answer.status) && !x.truncated) x.odd("invalid_nfs_status", answer.status);
    return answer;
  }

  transfers(answer: FileAnswer): readonly Transfer[] {
    return transferOf(this.#call, answer.payload, this.#node(), answer.size, false);
  }

  report(answer: FileAnswer | null, exchange: Exchange): void {
    const call = this.#call;
    const handles = this.#handles;
    const { operation, name } = call;
    const status = answer === null ? exchange.refusal : nfsStatusName(this.#version, answer.status);
    this.#count(operation, exchange, answer?.status === 0, status);
    const base = this.#node();
    if (operation === "WRITE" && answer !== null && answer.octets === null && answer.status === 0)
      answer.octets = call.octets;
    let node = base !== null && name !== null ? handles.child(base, name) : base;
    const existed = node?.exists ?? false;
    const target =
      call.toHandle === null || call.toName === null ? null : handles.child(handles.at(call.toHandle), call.toName);
    // The path as it was before the operation changes it.
    const newPath = target === null ? null : pathOf(target);
    if (node !== null && (operation === "REMOVE" || operation === "RENAME")) this.#log.flush(node);
    if (answer?.status === 0 && base !== null) {
      if (answer.handle !== null && name !== null) node = handles.learn(answer.handle, base, name);
      for (const entry of answer.entries) handles.learn(entry.handle, base, entry.name);
    }
    this.#log.report({ version: String(this.#version), call, answer, node, newPath, exchange, existed });
    if (answer?.status !== 0 || base === null) return;
    if (operation === "RENAME" && call.toHandle !== null)
      handles.moved(base, name ?? "", handles.at(call.toHandle), call.toName ?? "");
    if (operation === "REMOVE" || operation === "RMDIR") handles.removed(base, name ?? "");
  }

  #node(): FileNode | null {
    return this.#call.handle === null ? null : this.#handles.at(this.#call.handle);
  }
}

/** What of file data a call or an answer has, if any. */
export function transferOf(
  call: FileCall,
  payload: FileCall["payload"],
  node: FileNode | null,
  size: number | null,
  isWrite: boolean,
): readonly Transfer[] {
  if (payload === null || node === null || call.offset === null) return [];
  return [{ node, isWrite, offset: call.offset, payload, size }];
}
