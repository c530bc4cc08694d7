import type { Connection, RecordSink } from "../protocol.ts";
import type { Exchange, ProgramCall } from "./exchange.ts";
import { clientOf, outcomeOf } from "./exchange.ts";
import { PORTMAP, procedureName, programName } from "./programs.ts";
import { portmapRecord } from "./records.ts";
import type { XdrReader } from "./xdr.ts";

/** Most mappings of one list that a row shows and that are expected. */
const MOST_MAPPINGS = 256;
const TRANSPORTS: Readonly<Record<number, string>> = { 6: "tcp", 17: "udp" };

interface Mapping {
  readonly program: number;
  readonly version: number;
  readonly transport: string;
  /** Port, or universal address (RFC 5665); empty if there is none. */
  readonly address: string;
}

interface Told {
  readonly address: string | null;
  readonly mappings: readonly Mapping[] | null;
}

/** One call to the portmapper (version 2) or rpcbind (3, 4). RFC 1833 */
export class PortmapCall implements ProgramCall<Told> {
  readonly #conn: Connection;
  readonly #out: RecordSink;
  readonly #version: number;
  readonly #operation: string;
  readonly #asked: Mapping | null;

  constructor(conn: Connection, out: RecordSink, version: number, procedure: number, x: XdrReader) {
    this.#conn = conn;
    this.#out = out;
    this.#version = version;
    this.#operation = procedureName(PORTMAP, version, procedure);
    this.#asked = this.#readAsked(x);
  }

  read(x: XdrReader): Told {
    const operation = this.#operation;
    if (operation === "GETPORT") return { address: String(x.u32()), mappings: null };
    if (operation === "GETADDR" || operation === "GETVERSADDR") return { address: x.text(), mappings: null };
    if (operation === "DUMP") return { address: null, mappings: this.#readList(x) };
    return { address: null, mappings: null };
  }

  transfers(): readonly [] {
    return [];
  }

  report(told: Told | null, exchange: Exchange): void {
    const operation = this.#operation;
    if (operation === "NULL" || operation === "GETTIME") return;
    const asked = this.#asked;
    const address = told?.address ?? (operation === "SET" ? (asked?.address ?? null) : null);
    const mappings = told?.mappings ?? null;
    if (told?.address && asked !== null) this.#expect({ ...asked, address: told.address });
    mappings?.forEach((mapping) => this.#expect(mapping));
    const row = {
      operation,
      outcome: outcomeOf(exchange, told !== null && address !== "0" && address !== ""),
      status: exchange.refusal ?? (address === "0" || address === "" ? "not registered" : null),
      program: asked?.program ?? null,
      program_name: asked === null ? null : programName(asked.program),
      version: asked?.version ?? null,
      transport: asked?.transport || null,
      address: address === "" ? null : address,
      mappings: mappings === null ? null : mappings.map(wordsOf),
      ...clientOf(exchange),
    };
    this.#out.emit(portmapRecord, row, exchange.from, exchange.to);
  }

  #readAsked(x: XdrReader): Mapping | null {
    const operation = this.#operation;
    if (["NULL", "DUMP", "GETTIME", "UADDR2TADDR", "TADDR2UADDR", "GETSTAT"].includes(operation)) return null;
    const [program, version] = [x.u32(), x.u32()];
    // A call that is passed on names its procedure here, and the arguments of that.
    if (operation === "CALLIT" || operation === "INDIRECT")
      return x.truncated ? null : { program, version, transport: "", address: "" };
    const mapping = this.#readPlace(program, version, x);
    if (this.#version > 2) x.skipOpaque();
    return x.truncated ? null : mapping;
  }

  #readPlace(program: number, version: number, x: XdrReader): Mapping {
    if (this.#version > 2) return { program, version, transport: x.text(), address: x.text() };
    const protocol = x.u32();
    return { program, version, transport: TRANSPORTS[protocol] ?? String(protocol), address: String(x.u32()) };
  }

  #readList(x: XdrReader): Mapping[] {
    const list: Mapping[] = [];
    while (x.bool() && !x.truncated) {
      const mapping = this.#readPlace(x.u32(), x.u32(), x);
      if (this.#version > 2) x.skipOpaque();
      if (list.length < MOST_MAPPINGS && !x.truncated) list.push(mapping);
    }
    return list;
  }

  /** Connections to the port that was told are remote procedure calls, whatever they begin with. */
  #expect({ transport, address }: Mapping): void {
    if (!/^(?:tcp|udp)6?$/u.test(transport)) return;
    const port = portOf(address);
    if (port > 0) this.#conn.expect(this.#conn.respH, port, "sunrpc");
  }
}

/** Port of a decimal number or of a universal address (h1.h2.h3.h4.p1.p2); 0 if there is none. */
export function portOf(address: string): number {
  const universal = /\.(\d{1,3})\.(\d{1,3})$/u.exec(address);
  const port = universal === null ? Number(address) : Number(universal[1]) * 256 + Number(universal[2]);
  return Number.isInteger(port) && port > 0 && port < 65_536 ? port : 0;
}

function wordsOf({ program, version, transport, address }: Mapping): string {
  return `${programName(program)} ${version} ${transport} ${address}`;
}
