import type { Exchange } from "./exchange.ts";
import type { FileAnswer, FileCall } from "./file-message.ts";
import type { FileNode } from "./handles.ts";

/** One operation with everything that it concerns. */
export interface Done {
  readonly version: string;
  readonly call: FileCall;
  readonly answer: FileAnswer | null;
  /** What it is done to. */
  readonly node: FileNode | null;
  readonly newPath: string | null;
  readonly exchange: Exchange;
  /** The file was there before the operation, as far as known. */
  readonly existed: boolean;
}

/** A creating operation made a new file: as the answer tells, or because nothing was known of one. */
export function isNew({ call, answer, existed }: Done): boolean {
  if (!call.creates) return false;
  return answer?.created ?? !existed;
}
