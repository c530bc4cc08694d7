import {
  ATTEMPT_NS,
  DELETE_NS,
  DID_CLOSE,
  FIN_POS,
  FINS,
  floatsOf,
  GIVEN_POS,
  intsOf,
  LAST_NS,
  ORIGINATOR,
  sideFloats,
  sideInts,
  STATE,
  TCP,
  TIMEOUT_NS,
} from "./flow-state.ts";
import type { FlowTable } from "./flow-table.ts";
import { sentOctets } from "./tcp-sequences.ts";
import { TCP_LINGER_NS } from "./timeouts.ts";
import type { TrackedConnection } from "./tracked-connection.ts";

/** Zeek's `conn_state`. */
export function tcpState(connection: TrackedConnection, table: FlowTable): string {
  const { ints } = table;
  const orig = connection.originatorSide;
  const o = ints[sideInts(connection.slot, orig) + STATE]!;
  const r = ints[sideInts(connection.slot, 1 - orig) + STATE]!;
  const origQuiet = o === TCP.inactive || o === TCP.partial;
  const respQuiet = r === TCP.inactive || r === TCP.partial;
  if (r === TCP.reset) {
    const isEmpty =
      o === TCP.reset && sentOctets(table, connection.slot, 0) === 0 && sentOctets(table, connection.slot, 1) === 0;
    if (o === TCP.synSent || o === TCP.synAckSent || isEmpty) return "REJ";
    return origQuiet ? "RSTRH" : "RSTR";
  }
  if (o === TCP.reset) {
    if (!respQuiet) return "RSTO";
    return /^\^?S[^HAFGIQ]*R/.test(connection.history) ? "RSTOS0" : "OTH";
  }
  if (r === TCP.closed && o === TCP.closed) return "SF";
  if (o === TCP.closed) return respQuiet ? "SH" : "S2";
  if (r === TCP.closed) return origQuiet ? "SHR" : "S3";
  if (o === TCP.synSent && r === TCP.inactive) return "S0";
  return o === TCP.established && r === TCP.established ? "S1" : "OTH";
}

/** True once both sides sent their FIN and all octets before it were given on: nothing of what they say is to come. */
export function hasSaidAll({ ints, floats }: FlowTable, slot: number): boolean {
  for (let side = 0; side < 2; side++) {
    if (ints[sideInts(slot, side) + FINS] === 0) return false;
    const f = sideFloats(slot, side);
    // A FIN behind what was given is of a connection before, or forged.
    if (floats[f + GIVEN_POS] !== floats[f + FIN_POS]! - 1) return false;
  }
  return true;
}

/** When the connection is over if nothing more comes. */
export function deadlineOf({ ints, floats }: FlowTable, slot: number): number {
  const f = floatsOf(slot);
  const a = sideInts(slot, 0);
  const b = sideInts(slot, 1);
  const last = floats[f + LAST_NS]!;
  let deadline = last + floats[f + TIMEOUT_NS]!;
  if (floats[f + DELETE_NS]! > 0) return Math.min(deadline, floats[f + DELETE_NS]!);
  const orig = ints[intsOf(slot) + ORIGINATOR] === 0 ? a : b;
  const resp = orig === a ? b : a;
  const o = ints[orig + STATE]!;
  if (ints[resp + STATE] === TCP.inactive) {
    if (o === TCP.synSent || o === TCP.synAckSent) {
      if (floats[f + ATTEMPT_NS]! > 0) deadline = Math.min(deadline, floats[f + ATTEMPT_NS]!);
    } else if (o === TCP.inactive) {
      deadline = Math.min(deadline, last + TCP_LINGER_NS);
    }
  }
  const isReset = ints[a + STATE] === TCP.reset || ints[b + STATE] === TCP.reset;
  if (isReset && (ints[a + DID_CLOSE] !== 0 || ints[b + DID_CLOSE] !== 0))
    deadline = Math.min(deadline, last + TCP_LINGER_NS);
  return deadline;
}
