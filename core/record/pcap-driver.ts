import type { CaptureDriver, DriverCounters, DriverEvents, OpenInterface } from "./driver.ts";
import { pcapHeader, RECORD_HEADER } from "./pcap-stream.ts";
import type { RecordOptions } from "./record-options.ts";

/** The part of node_pcap (npm `pcap`) that is used here. */
interface NodePcap {
  readonly lib_version: string;
  createSession(device: string, options: object): PcapSession;
}

interface PcapSession {
  readonly link_type: string;
  on(event: "packet", take: (packet: { readonly buf: Buffer; readonly header: Buffer }) => void): void;
  stats(): { readonly ps_recv: number; readonly ps_drop: number };
  close(): void;
}

/** LINKTYPE_* of the names that node_pcap gives. Others are refused. */
const LINK_TYPES: Readonly<Record<string, number>> = {
  LINKTYPE_NULL: 0,
  LINKTYPE_ETHERNET: 1,
  LINKTYPE_IEEE802_11_RADIO: 127,
  LINKTYPE_RAW: 101,
  LINKTYPE_LINUX_SLL: 113,
};

/** Frames are handed on when so many octets are together, or at the next turn of the event loop. */
const PIECE_OCTETS = 256 * 1024;

/** Loads node_pcap; the reason where it is not there or was not built for this Node. */
async function load(): Promise<NodePcap | string> {
  try {
    const name = "pcap"; // optional: a name the compiler does not look for
    const found = (await import(name)) as { readonly default?: NodePcap } & NodePcap;
    return found.default ?? found;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ERR_MODULE_NOT_FOUND")
      return "node_pcap is not installed (package pcap of npm, which is built with libpcap-dev)";
    const why = error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error);
    return `node_pcap does not load (${why})`;
  }
}

/** Records through libpcap inside this process: no other program is needed. Times are in microseconds. */
class PcapDriver implements CaptureDriver {
  readonly name = "pcap";
  readonly writesSegments = false;
  readonly spools = false;
  readonly lateMs = 300;
  #library: NodePcap | null = null;

  async version(): Promise<{ readonly version: string } | { readonly missing: string }> {
    const library = await load();
    if (typeof library === "string") return { missing: library };
    this.#library = library;
    return { version: library.lib_version };
  }

  check(name: string, options: RecordOptions): Promise<string | null> {
    try {
      const session = this.#session(name, options);
      const known = session.link_type in LINK_TYPES;
      session.close();
      return Promise.resolve(known ? null : `frames of ${session.link_type} are not read by this driver`);
    } catch (error) {
      return Promise.resolve(error instanceof Error ? error.message : String(error));
    }
  }

  open(name: string, options: RecordOptions, _: string, events: DriverEvents): OpenInterface {
    return new PcapInterface(this.#session(name, options), options, events);
  }

  #session(name: string, options: RecordOptions): PcapSession {
    if (this.#library === null) throw new Error("node_pcap is not loaded");
    return this.#library.createSession(name, {
      filter: options.filter,
      buffer_size: options.bufferOctets,
      snap_length: options.snapLength,
      promiscuous: options.promiscuous,
      buffer_timeout: 100,
    });
  }
}

class PcapInterface implements OpenInterface {
  counters: DriverCounters | null = null;
  readonly #session: PcapSession;
  readonly #events: DriverEvents;
  #piece = Buffer.allocUnsafeSlow(PIECE_OCTETS);
  #filled = 0;
  #scheduled = false;

  constructor(session: PcapSession, options: RecordOptions, events: DriverEvents) {
    this.#session = session;
    this.#events = events;
    events.data(pcapHeader(LINK_TYPES[session.link_type] ?? 1, options.snapLength, 1000));
    session.on("packet", ({ buf, header }) => this.#take(buf, header));
  }

  refresh(): void {
    const { ps_recv, ps_drop } = this.#session.stats();
    this.counters = { received: ps_recv, kernelDropped: ps_drop };
  }

  // libpcap hands frames over inside its own callback, so there is no holding back: the recorder's queue takes them.
  pause(): void {}
  resume(): void {}

  stop(): void {
    this.refresh();
    this.#session.close();
    this.#give();
    this.#events.ended("");
  }

  #take(frame: Buffer, header: Buffer): void {
    const captured = header.readUInt32LE(8);
    const octets = RECORD_HEADER + captured;
    if (this.#filled + octets > this.#piece.length) this.#give(octets);
    header.copy(this.#piece, this.#filled, 0, RECORD_HEADER);
    frame.copy(this.#piece, this.#filled + RECORD_HEADER, 0, captured);
    this.#filled += octets;
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#give();
    });
  }

  #give(next = 0): void {
    if (this.#filled > 0) {
      this.#events.data(this.#piece.subarray(0, this.#filled));
      this.#piece = Buffer.allocUnsafeSlow(Math.max(PIECE_OCTETS, next));
      this.#filled = 0;
    } else if (this.#piece.length < next) {
      this.#piece = Buffer.allocUnsafeSlow(next);
    }
  }
}

export const pcapDriver: CaptureDriver = new PcapDriver();
