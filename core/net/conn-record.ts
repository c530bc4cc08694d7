import type { RowOf } from "../records/record-type.ts";
import { isLocalV4, isLocalV6, macText } from "./addresses.ts";
import { communityId } from "./community-id.ts";
import {
  CUT,
  DUPLICATES,
  FIRST_SIDE,
  floatsOf,
  INNER_VLAN,
  intsOf,
  IP_OCTETS,
  LAST_HIGH,
  LAST_LOW,
  MISSED,
  OCTETS,
  PACKETS,
  RECEIVER_MAC,
  SENDER_MAC,
  sideFloats,
  START_HIGH,
  START_LOW,
  VLAN,
} from "./flow-state.ts";
import type { FlowTable } from "./flow-table.ts";
import { IP_PROTO } from "./ipv6-chain.ts";
import { NO_VLAN } from "./packet-batch.ts";
import type { conn } from "./records.ts";
import { tcpState } from "./tcp-outcome.ts";
import { sentOctets } from "./tcp-sequences.ts";
import type { TrackedConnection } from "./tracked-connection.ts";
import { uidOf } from "./uid.ts";

/** The conn record of a connection that is over. Zeek: scripts/base/protocols/conn/main.zeek, `set_conn` */
export function connRow(connection: TrackedConnection, table: FlowTable): RowOf<typeof conn> {
  const { ints, floats } = table;
  const { slot } = connection;
  const i = intsOf(slot);
  const f = floatsOf(slot);
  const orig = connection.originatorSide;
  const o = sideFloats(slot, orig);
  const r = sideFloats(slot, 1 - orig);
  const duration =
    (ints[i + LAST_HIGH]! - ints[i + START_HIGH]!) * 0x1_0000_0000 +
    (ints[i + LAST_LOW]! >>> 0) -
    (ints[i + START_LOW]! >>> 0);
  const isTcp = connection.proto === "tcp";
  const hasDuration = duration > 0;
  const origBytes = isTcp ? sentOctets(table, slot, orig) : floats[o + OCTETS]!;
  const respBytes = isTcp ? sentOctets(table, slot, 1 - orig) : floats[r + OCTETS]!;
  const isFirstOrig = ints[i + FIRST_SIDE] === orig;
  return {
    proto: connection.proto === "sctp" ? "unknown_transport" : connection.proto,
    service: connection.services.length === 0 ? null : connection.services.join(","),
    duration: hasDuration ? duration : null,
    orig_bytes: hasDuration ? origBytes : null,
    resp_bytes: hasDuration ? respBytes : null,
    conn_state: connState(connection, table),
    local_orig: isLocal(table, slot, orig),
    local_resp: isLocal(table, slot, 1 - orig),
    missed_bytes: floats[f + MISSED]!,
    history: connection.history === "" ? null : connection.history,
    orig_pkts: floats[o + PACKETS]!,
    orig_ip_bytes: floats[o + IP_OCTETS]!,
    resp_pkts: floats[r + PACKETS]!,
    resp_ip_bytes: floats[r + IP_OCTETS]!,
    tunnel_parents: connection.carriers === null ? null : connection.carriers.map(uidOf),
    ip_proto: connection.ipProto,
    orig_l2_addr: macOrNull(floats[f + (isFirstOrig ? SENDER_MAC : RECEIVER_MAC)]!),
    resp_l2_addr: macOrNull(floats[f + (isFirstOrig ? RECEIVER_MAC : SENDER_MAC)]!),
    vlan: vlanOrNull(ints[i + VLAN]!),
    inner_vlan: vlanOrNull(ints[i + INNER_VLAN]!),
    community_id: communityIdOf(connection, table),
    saw_start: connection.sawStart,
    skipped_bytes: connection.skipped,
    sealed_bytes: connection.sealed,
    cut_bytes: floats[f + CUT]!,
    duplicate_pkts: floats[f + DUPLICATES]!,
  };
}

function connState(connection: TrackedConnection, table: FlowTable): string {
  if (connection.proto === "tcp") return tcpState(connection, table);
  if (connection.proto !== "udp") return "OTH";
  const orig = connection.originatorSide;
  const { floats } = table;
  // A side is active once one datagram of it was good; the payload may have been empty.
  const origActive = floats[sideFloats(connection.slot, orig) + PACKETS]! > 0;
  const respActive = floats[sideFloats(connection.slot, 1 - orig) + PACKETS]! > 0;
  if (origActive) return respActive ? "SF" : "S0";
  return respActive ? "SHR" : "OTH";
}

function isLocal(table: FlowTable, slot: number, side: number): boolean {
  const a = table.addressWord(slot, side, 0);
  if (!table.isV6(slot)) return isLocalV4(a);
  return isLocalV6(
    a,
    table.addressWord(slot, side, 1),
    table.addressWord(slot, side, 2),
    table.addressWord(slot, side, 3),
  );
}

function vlanOrNull(vlan: number): number | null {
  return vlan === NO_VLAN ? null : vlan;
}

function macOrNull(mac: number): string | null {
  return mac < 0 ? null : macText(mac);
}

const words: number[] = [];

function communityIdOf(connection: TrackedConnection, table: FlowTable): string {
  const { slot } = connection;
  for (let k = 0; k < 8; k++) words[k] = table.addressWord(slot, k >> 2, k & 3);
  const proto = connection.ipProto;
  const hasPorts =
    proto === IP_PROTO.tcp || proto === IP_PROTO.udp || proto === IP_PROTO.icmp || proto === IP_PROTO.icmp6;
  return communityId(words, !table.isV6(slot), proto, table.port(slot, 0), table.port(slot, 1), hasPorts);
}
