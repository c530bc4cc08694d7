import type { Moment } from "../protocol.ts";
import type { CallFacts, RpcInterface } from "./interfaces/interface.ts";
import type { DceRpcRow } from "./records.ts";
import type { Stub } from "./stub.ts";

/** Most octets kept of the stub of a request or answer whose arguments are read. */
export const KEPT_OCTETS = 262_144;

/** One call from its first fragment to its answer. */
export interface Call {
  readonly callId: number;
  readonly contextId: number;
  readonly opnum: number;
  /** First fragment of the request. */
  readonly from: Moment;
  /** Interface; null if neither a bind nor the pipe or port tells. */
  readonly uuid: string | null;
  readonly version: string | null;
  readonly is64: boolean;
  readonly rpc: RpcInterface | null;
  readonly facts: CallFacts;
  isInferred: boolean;
  littleEndian: boolean;
  object: string | null;
  auth: { readonly type: number; readonly level: number } | null;
  request: Stub | null;
  requestIsWhole: boolean;
  /** Last fragment of the request. */
  requestEnd: Moment;
  response: Stub | null;
  status: number | null;
  isFault: boolean;
}

type Known = Pick<Call, "callId" | "contextId" | "opnum" | "from" | "uuid" | "version" | "is64" | "rpc">;

/** A call whose first fragment has just come. */
export function callFor(known: Known): Call {
  return {
    callId: known.callId,
    contextId: known.contextId,
    opnum: known.opnum,
    from: known.from,
    uuid: known.uuid,
    version: known.version,
    is64: known.is64,
    rpc: known.rpc,
    facts: { target: null, command: null, detail: null },
    isInferred: false,
    littleEndian: true,
    object: null,
    auth: null,
    request: null,
    requestIsWhole: false,
    requestEnd: known.from,
    response: null,
    status: null,
    isFault: false,
  };
}

/** A row of dce_rpc with every column unset. */
export function emptyRow(): { -readonly [K in keyof DceRpcRow]: DceRpcRow[K] } {
  return {
    rtt: null,
    named_pipe: null,
    endpoint: null,
    operation: null,
    interface_uuid: null,
    interface_version: null,
    opnum: null,
    context_id: null,
    inferred: null,
    object_uuid: null,
    auth_type: null,
    auth_level: null,
    sealed: null,
    user: null,
    request_octets: null,
    response_octets: null,
    fragments: null,
    status: null,
    fault: null,
    outcome: null,
    target_name: null,
    command: null,
    detail: null,
  };
}
