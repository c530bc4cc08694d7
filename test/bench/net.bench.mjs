// Packets a second of processor time that the network layers decode and track, over TCP connections made in memory.
// npx tsc -b && node test/bench/net.bench.mjs [packets a connection] [octets a packet]
// Plain JavaScript against the built files: a test runner's import rewriting would make module constants property look-ups.
import { PacketDecoder } from "../../dist/core/net/decoder.js";
import { ConnectionTracker } from "../../dist/core/net/tracker.js";

const FRAMES = 65_536;
const BATCHES = 10;
const CONCURRENT = 1000;
const length = Number(process.argv[2] ?? 20);
const octets = Number(process.argv[3] ?? 200);

/** Whole connections of `length` packets, `CONCURRENT` at a time. */
function batchOf(first) {
  const size = 54 + octets;
  const bytes = new Uint8Array(new SharedArrayBuffer(FRAMES * size));
  const view = new DataView(bytes.buffer);
  const batch = {
    id: first,
    firstOrdinal: first,
    count: FRAMES,
    bytes,
    offset: new Uint32Array(FRAMES),
    capLen: new Uint32Array(FRAMES).fill(size),
    wireLen: new Uint32Array(FRAMES).fill(size),
    ts: new BigInt64Array(FRAMES),
    capture: new Uint16Array(FRAMES).fill(1),
    frame: new Uint32Array(FRAMES),
    linkType: new Uint16Array(FRAMES).fill(1),
    iface: new Uint16Array(FRAMES),
    fileOffset: new Float64Array(FRAMES),
  };
  for (let i = 0; i < FRAMES; i++) {
    const packet = first + i;
    const flow = Math.floor(packet / (CONCURRENT * length)) * CONCURRENT + (packet % CONCURRENT);
    const step = Math.floor((packet % (CONCURRENT * length)) / CONCURRENT);
    const isSent = step % 2 === 0;
    const client = 0x0a000000 + (flow % 60_000);
    const server = 0xc0a80000 + (flow % 251);
    const port = 1024 + (flow % 60_000);
    const payload = step < 2 || step >= length - 2 ? 0 : octets;
    const turns = Math.max(0, (step - (isSent ? 2 : 3)) / 2);
    const at = i * size;
    view.setUint16(at + 12, 0x0800);
    view.setUint16(at + 14, 0x4500);
    view.setUint16(at + 16, 40 + payload);
    view.setUint16(at + 18, packet & 0xffff);
    view.setUint16(at + 22, 0x4006);
    view.setUint32(at + 26, isSent ? client : server);
    view.setUint32(at + 30, isSent ? server : client);
    view.setUint16(at + 34, isSent ? port : 445);
    view.setUint16(at + 36, isSent ? 445 : port);
    view.setUint32(at + 38, step === 0 ? 1000 : step === 1 ? 5000 : (isSent ? 1001 : 5001) + turns * octets);
    view.setUint32(at + 42, (isSent ? 5001 : 1001) + (step < 2 ? 0 : Math.max(0, turns + (isSent ? 0 : 1)) * octets));
    view.setUint16(at + 46, 0x5000 + (step === 0 ? 0x02 : step === 1 ? 0x12 : step >= length - 2 ? 0x11 : 0x18));
    view.setUint16(at + 48, 64_000);
    view.setUint16(at + 50, packet * 7);
    batch.offset[i] = at;
    batch.frame[i] = packet + 1;
    batch.ts[i] = 1_700_000_000_000_000_000n + BigInt(packet) * 1000n;
  }
  return batch;
}

const milliseconds = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};
const rate = (since) => ((BATCHES * FRAMES) / (milliseconds() - since) / 1000).toFixed(2);
const ignore = { opened() {}, data() {}, gap() {}, closed() {} };
const frames = Array.from({ length: BATCHES }, (_, i) => batchOf(i * FRAMES));
for (let round = 1; round <= 4; round++) {
  const decoder = new PacketDecoder();
  let since = milliseconds();
  const batches = frames.map((batch) => decoder.decode(batch));
  const decoded = rate(since);
  const tracker = new ConnectionTracker(ignore, { write() {} });
  since = milliseconds();
  for (const batch of batches) tracker.process(batch, 0, 1);
  tracker.finish();
  const connections = tracker.counters.connections;
  console.log(`round ${round}: decode ${decoded} M/s, track ${rate(since)} M/s, ${connections} connections`);
}
