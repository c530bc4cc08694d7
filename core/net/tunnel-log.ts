import type { RecordOutput } from "../records/record-output.ts";
import type { ConnectionKey, FrameRef } from "../records/table-chunk.ts";
import type { CurrentFrame } from "./current-frame.ts";
import { CARRIED, intsOf, TUNNEL_KNOWN } from "./flow-state.ts";
import type { FlowTable } from "./flow-table.ts";
import type { PacketBatch } from "./packet-batch.ts";
import { PACKET_FLAG, TUNNEL, TUNNELS } from "./packet-batch.ts";
import { tunnel } from "./records.ts";
import { withService } from "./services.ts";
import type { TrackedConnection } from "./tracked-connection.ts";
import { uidOf } from "./uid.ts";

const BOTH_SIDES = 3;

/** Writes the records of tunnels, and names the tunnel protocol as the service of the connection that carries it. */
export class TunnelLog {
  readonly #table: FlowTable;
  readonly #output: RecordOutput;

  constructor(table: FlowTable, output: RecordOutput) {
    this.#table = table;
    this.#output = output;
  }

  /** A packet with another one inside it. */
  carry(batch: PacketBatch, row: number, connection: TrackedConnection, side: number, now: CurrentFrame): void {
    const { ints } = this.#table;
    const i = intsOf(connection.slot);
    const kind = batch.carries[row]!;
    connection.carried++;
    ints[i + CARRIED]! |= 1 << side;
    // Teredo's header says little: Zeek believes it once both sides have used it (`Tunnel::delay_teredo_confirmation`).
    const service = TUNNELS[kind]!.service;
    const isSure = kind !== TUNNEL.teredo || ints[i + CARRIED] === BOTH_SIDES;
    if (service !== "" && isSure) connection.services = withService(connection.services, service);
    if (ints[i + TUNNEL_KNOWN] !== 0 || (batch.flags[row]! & PACKET_FLAG.carriesIp) === 0) return;
    ints[i + TUNNEL_KNOWN] = 1;
    connection.tunnelKind = kind;
    connection.network = batch.network[row]!;
    this.#write(connection, "Tunnel::DISCOVER", now.copy());
  }

  /** The connection that carried a tunnel is over. */
  closed(connection: TrackedConnection, last: FrameRef): void {
    if (this.#table.ints[intsOf(connection.slot) + TUNNEL_KNOWN] !== 0) this.#write(connection, "Tunnel::CLOSE", last);
  }

  /** An IP tunnel was silent for long. */
  expired(connection: TrackedConnection, last: FrameRef): void {
    if (this.#table.ints[intsOf(connection.slot) + TUNNEL_KNOWN] !== 0) this.#write(connection, "Tunnel::EXPIRE", last);
  }

  #write(connection: TrackedConnection, action: string, at: FrameRef): void {
    const row = {
      tunnel_type: TUNNELS[connection.tunnelKind]!.tunnel,
      action,
      network: connection.network === 0 ? null : connection.network,
      packets: connection.carried,
      tunnel_parents: connection.carriers === null ? null : connection.carriers.map(uidOf),
    };
    const key: ConnectionKey = connection;
    this.#output.write(tunnel, key, connection.nextRecord++, row, at, at);
  }
}
