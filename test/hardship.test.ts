import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { recordTypeNamed } from "../core/engine/record-types.ts";
import type { InlineResult } from "../core/engine/run-inline.ts";
import { analyzeInline } from "../core/engine/run-inline.ts";
import { PROTOCOLS } from "../core/protocols/index.ts";
import type { Protocol } from "../core/protocols/protocol.ts";
import type { CellValue } from "../core/records/read-chunk.ts";
import { allColumns } from "../core/records/record-type.ts";
import type { GeneratedFrame } from "./generated-captures.ts";
import { asPcap } from "./generated-captures.ts";
import type { Hardship } from "./hardship.ts";
import {
  between,
  duplicated,
  onOtherPorts,
  oneWay,
  partsOf,
  reordered,
  retransmitted,
  segmentedAt,
  snapped,
  withGaps,
} from "./hardship.ts";
import { Workplace, readAll } from "./read-captures.ts";
import { RECORDED, recordedNames } from "./recorded-samples.ts";
import { spokenFrames } from "./spoken-frames.ts";
import { recordTechniques } from "./technique-captures.ts";

const place = new Workplace();
afterAll(() => place.remove());

/** Generated captures beside the recorded ones: one for each protocol that no recording shows. */
const TECHNIQUES = ["psexec", "dcsync", "kerberoasting", "winrm", "dns-tunnel", "ssh-upload", "zerologon", "mining"];
/** Conversations made after the specifications of protocols that no recording shows. */
const SPOKEN = "spoken";
const NAMES = [...recordedNames(), ...TECHNIQUES, SPOKEN];

/** Protocols that were given a conversation to read. */
const driven = new Set<Protocol>();
for (const protocol of PROTOCOLS) {
  const open = protocol.open.bind(protocol);
  const noted: Protocol["open"] = (...args) => {
    driven.add(protocol);
    return open(...args);
  };
  Object.assign(protocol, { open: noted });
}

type Row = Readonly<Record<string, CellValue>>;

/** Columns that say where and when, which a hardship changes. */
const PLACE = new Set([
  "ts",
  "n",
  "uid",
  "rid",
  "capture",
  "frame",
  "last_capture",
  "last_frame",
  "id.orig_p",
  "id.resp_p",
  "on_usual_port",
]);

async function analysed(frames: readonly GeneratedFrame[]): Promise<InlineResult> {
  return analyzeInline([place.file(asPcap(frames, { littleEndian: true, nanoseconds: true }), "hard.pcap")]);
}

/** Text that says the same whatever the places: rows of a table, sorted, without times, ids and the columns named. */
function contents(rows: readonly Row[], without: (column: string) => boolean): string[] {
  return rows
    .map((row) =>
      JSON.stringify(
        Object.entries(row).filter(([name]) => !PLACE.has(name) && !without(name)),
        (_key, value: unknown) => (typeof value === "bigint" ? Number(value) : value),
      ),
    )
    .sort();
}

/** Columns of ids made from the first frame, of durations and of the network's own counts. */
function isOfPlace(table: string): (column: string) => boolean {
  const kinds = new Map(allColumns(recordTypeNamed(table)!).map(([name, { kind }]) => [name, kind]));
  return (column) => {
    const kind = kinds.get(column);
    return kind === "interval" || kind === "vector[interval]" || kind === "time" || /fuid|uids?(?:$|_)/.test(column);
  };
}

/** Tables of the network layers: packet counts and histories change with the packets. */
const OF_NETWORK = new Set(["conn", "weird", "tunnel", "analyzer"]);

/** What SSH says of log-ons, use and the program inside follows from the sizes of its encrypted segments, as in Zeek. */
const OF_SEGMENT_SIZES = /^ssh/;

/** Rows of one side only, a few of them; null where both sides have the same. */
function difference(
  result: InlineResult,
  expected: InlineResult,
  isLeftOut: (table: string) => boolean,
): string | null {
  for (const [table, rows] of expected.rows) {
    if (OF_NETWORK.has(table) || isLeftOut(table)) continue;
    const without = isOfPlace(table);
    const [mine, other] = [contents(result.rows.get(table) ?? [], without), contents(rows, without)];
    const lost = other.filter((row) => !mine.includes(row));
    const added = mine.filter((row) => !other.includes(row));
    if (mine.length !== other.length || lost.length + added.length > 0)
      return `${table}: ${other.length} rows became ${mine.length}\nlost ${lost.slice(0, 2).join("\n")}\nnew ${added.slice(0, 2).join("\n")}`;
  }
  return null;
}

const hardships: Readonly<Record<string, Hardship>> = {
  "only the side that spoke first": oneWay(true),
  "only the side that answered": oneWay(false),
  "96 octets of each frame": snapped(96),
  "every 3rd segment missing": withGaps(3),
  "every 7th segment missing": withGaps(7),
  "beginning in the middle": between(0.3, 1),
  "ending in the middle": between(0, 0.6),
  "neighbouring segments swapped": reordered,
  "every frame twice": duplicated,
  "every segment sent again": retransmitted,
  "segments cut at their first octet": segmentedAt(1),
  "segments cut at their 40th octet": segmentedAt(40),
};

/** Tables that a sample may lose on other ports, because so few octets say what they are. */
const NEEDS_ITS_PORT: Readonly<Record<string, { readonly tables: readonly string[]; readonly why: string }>> = {
  dhcp: { tables: ["dhcp"], why: "messages of one transaction between several addresses are found by its two ports" },
  names: { tables: ["dns"], why: "NetBIOS names have the form of DNS, and another meaning on port 137" },
  ntp: {
    tables: ["ntp_control", "ntp_private"],
    why: "a control message has no more than its first octet to know it by",
  },
  redis: { tables: ["redis"], why: "a command typed by hand is any line of text" },
};

/** These lose nothing: the records are the same. */
const HARMLESS = [
  "neighbouring segments swapped",
  "every frame twice",
  "every segment sent again",
  "segments cut at their first octet",
  "segments cut at their 40th octet",
];

describe.each(NAMES)("sample %s", (name) => {
  let frames: GeneratedFrame[] = [];
  let whole: InlineResult;

  beforeAll(async () => {
    if (name === SPOKEN) {
      frames = [...spokenFrames()];
      whole = await analysed(frames);
      return;
    }
    let path = join(RECORDED, `${name}.pcapng`);
    if (!recordedNames().includes(name)) {
      const folder = join(place.folder, "techniques");
      await recordTechniques(folder, [name]);
      path = join(folder, `${name}.pcapng`);
    }
    const read = await readAll([path]);
    frames = read.frames.map(({ ts, wireLength, hex }) => ({ ts, wireLength, bytes: Buffer.from(hex, "hex") }));
    whole = await analysed(frames);
  });

  it("is understood on other ports", async () => {
    const known = new Set(PROTOCOLS.flatMap(({ ports }) => ports));
    const ports = new Map<number, number>();
    for (const frame of frames) {
      const parts = partsOf(frame);
      if (parts === null) continue;
      for (const port of [parts.fromPort, parts.toPort]) if (known.has(port)) ports.set(port, 20_000 + (port % 20_000));
    }
    const result = await analysed(onOtherPorts(ports)(frames));
    expect(result.failures).toEqual([]);
    const { tables = [] } = NEEDS_ITS_PORT[name] ?? {};
    expect(difference(result, whole, (table) => tables.includes(table))).toBeNull();
  });

  it.each(Object.keys(hardships))("survives: %s", async (hardship) => {
    const result = await analysed(hardships[hardship]!(frames));
    expect(result.failures).toEqual([]);
    if (!HARMLESS.includes(hardship)) return;
    const cuts = hardship.includes("cut");
    expect(
      difference(
        result,
        whole,
        (table) => cuts && (OF_SEGMENT_SIZES.test(table) || (table === "backup_product" && whole.rows.has("ssh"))),
      ),
    ).toBeNull();
  });
});

it("drives every protocol of the list", () => {
  expect(PROTOCOLS.filter((protocol) => !driven.has(protocol)).map(({ name }) => name)).toEqual([]);
});
