import { ENTRY, textWeight } from "../../bytes/held-budget.ts";
import type { Moment } from "../protocol.ts";
import type { SecurityContext } from "./auth.ts";
import type { CallUser } from "./auth.ts";
import { authTypeName, LEVEL_PRIVACY } from "./auth.ts";
import { faultName } from "./faults.ts";
import { endpointName, operationName } from "./interfaces/index.ts";
import type { CallFacts, RpcInterface } from "./interfaces/interface.ts";
import { outcomeOf } from "./outcome.ts";
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
  /** Interface; null if neither a bind nor anything else tells. */
  readonly uuid: string | null;
  readonly version: string | null;
  readonly is64: boolean;
  readonly rpc: RpcInterface | null;
  readonly facts: CallFacts;
  isInferred: boolean;
  littleEndian: boolean;
  object: string | null;
  security: SecurityContext | null;
  request: Stub | null;
  requestIsWhole: boolean;
  /** Last fragment of the request. */
  requestEnd: Moment;
  response: Stub | null;
  /** True if the octets of `request` (or `response`) are in clear: never sealed, or every fragment was opened. */
  isRequestClear: boolean;
  isResponseClear: boolean;
  status: number | null;
  isFault: boolean;
  /** True if the answer came, but the end that tells its status was not captured. */
  isStatusLost: boolean;
  /** Octets of memory that it takes beside its stubs, as they are charged. */
  weight: number;
}

/** What a call takes without any text: with its moments, two stubs and its facts. */
const CALL = 4 * ENTRY;

/** Octets of memory that a call takes now beside its stubs, about. */
export function weightOf({ facts }: Call): number {
  return CALL + textWeight(facts.target) + textWeight(facts.command) + textWeight(facts.detail);
}

type Known = Pick<Call, "callId" | "contextId" | "opnum" | "from" | "uuid" | "version" | "is64" | "rpc" | "isInferred">;

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
    isInferred: known.isInferred,
    littleEndian: true,
    object: null,
    security: null,
    request: null,
    requestIsWhole: false,
    requestEnd: known.from,
    response: null,
    isRequestClear: true,
    isResponseClear: true,
    status: null,
    isFault: false,
    isStatusLost: false,
    weight: 0,
  };
}

/** True if the arguments were sealed on the wire. */
export function isSealed(call: Call): boolean {
  return call.security?.level === LEVEL_PRIVACY;
}

/** Octets of the stubs that nobody can read. */
export function sealedOctets(call: Call): number {
  const request = call.isRequestClear ? 0 : (call.request?.length ?? 0);
  return request + (call.isResponseClear ? 0 : (call.response?.length ?? 0));
}

/** True if the stubs are those of a COM object's method. */
export function isObjectCall(call: Call): boolean {
  return call.rpc?.isObject === true || call.object !== null;
}

/** True if the last four octets of the answer are a status. */
export function endsWithStatus(call: Call): boolean {
  if (!call.isResponseClear) return false;
  return call.rpc === null ? call.object !== null : call.rpc.hasNoStatus !== true;
}

/** What a row has beside the call itself. */
export interface RowSurroundings extends CallUser {
  readonly namedPipe: string | null;
}

/** The row of a call. @param end When its answer was complete; null without an answer. */
export function callRow(call: Call, end: Moment | null, around: RowSurroundings): DceRpcRow {
  const { uuid, opnum, facts, rpc, status, security, isFault } = call;
  const isAnswered = end !== null;
  return {
    rtt: isAnswered ? Number(end.ts - call.requestEnd.ts) : null,
    named_pipe: around.namedPipe,
    endpoint: uuid === null ? "unknown" : endpointName(uuid),
    operation: operationName(rpc, opnum),
    interface_uuid: uuid,
    interface_version: call.version,
    opnum,
    context_id: call.contextId,
    inferred: call.isInferred,
    object_uuid: call.object,
    auth_type: security === null ? null : authTypeName(security.type),
    auth_level: security?.level ?? null,
    sealed: isSealed(call),
    unsealed: isSealed(call) ? call.isRequestClear && call.isResponseClear : null,
    user: around.user,
    user_from_ticket: around.isFromTicket,
    request_octets: call.request?.length ?? null,
    response_octets: isAnswered && !isFault ? (call.response?.length ?? null) : null,
    fragments: (call.request?.fragments ?? 0) + (call.response?.fragments ?? 0),
    status: status === null || !isAnswered ? null : hexadecimal(status),
    fault: isAnswered ? isFault : null,
    outcome: isAnswered ? answeredOutcome(call) : "attempted",
    target_name: facts.target,
    command: facts.command,
    detail: isFault && status !== null ? joined(facts.detail, faultName(status)) : facts.detail,
  };
}

/** The row of a bind that the server refused. */
export function refusedBindRow(
  uuid: string | null,
  version: string | null,
  why: string,
  security: SecurityContext | null,
  around: RowSurroundings,
): DceRpcRow {
  return {
    rtt: null,
    named_pipe: around.namedPipe,
    endpoint: uuid === null ? "unknown" : endpointName(uuid),
    operation: null,
    interface_uuid: uuid,
    interface_version: version,
    opnum: null,
    context_id: null,
    inferred: false,
    object_uuid: null,
    auth_type: security === null ? null : authTypeName(security.type),
    auth_level: security?.level ?? null,
    sealed: false,
    unsealed: null,
    user: around.user,
    user_from_ticket: around.isFromTicket,
    request_octets: null,
    response_octets: null,
    fragments: null,
    status: null,
    fault: null,
    outcome: "refused",
    target_name: null,
    command: null,
    detail: why,
  };
}

function answeredOutcome({ isFault, isStatusLost, status, rpc }: Call): string {
  if (isFault) return "refused";
  if (isStatusLost) return "attempted";
  return status === null ? "confirmed" : outcomeOf(rpc, status);
}

function hexadecimal(status: number): string {
  return `0x${status.toString(16).padStart(8, "0")}`;
}

function joined(first: string | null, second: string): string {
  return first === null ? second : `${first}; ${second}`;
}
