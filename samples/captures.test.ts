import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { packetOf, plainChecksum, readFrames, type ReadFrame } from "./read-back.ts";
import { PROFILES } from "./profiles/index.ts";
import { record } from "./scenario/record.ts";
import { scaleOf } from "./scenario/scale.ts";
import { SCENARIOS } from "./scenario/variants/index.ts";
import { techniqueRecording } from "./techniques/recording.ts";
import { TECHNIQUES } from "./techniques/index.ts";

const SIZE = 3e6;
const PROFILE_SIZE = 2e6;
const hasTshark = spawnSync("tshark", ["--version"]).status === 0;
const names = [...SCENARIOS, ...PROFILES, ...TECHNIQUES].map((each) => each.name);
const shas = new Map<string, string>();
let folder = "";
const capture = (name: string): string => join(folder, `${name}.pcapng`);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "samples-"));
  for (const scenario of SCENARIOS) {
    const recipe = { scenario: scenario.name, about: scenario.about, seed: "1", sizeOctets: SIZE };
    const truthPath = join(folder, `${scenario.name}.truth.json`);
    const facts = await record({
      path: capture(scenario.name),
      truthPath,
      recipe,
      play: (stage) => scenario.play(stage, scaleOf(SIZE)),
    });
    shas.set(scenario.name, facts.sha256);
  }
  for (const profile of PROFILES) {
    const recipe = { scenario: profile.name, about: profile.about, seed: "1", sizeOctets: PROFILE_SIZE };
    const facts = await record({
      path: capture(profile.name),
      truthPath: null,
      recipe,
      play: (stage) => profile.play(stage, PROFILE_SIZE),
    });
    shas.set(profile.name, facts.sha256);
  }
  for (const technique of TECHNIQUES) {
    const facts = await record(techniqueRecording(technique, join(folder, technique.name), "1"));
    shas.set(technique.name, facts.sha256);
  }
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

interface Truth {
  readonly capture: { readonly sha256: string; readonly frames: number; readonly octets: number };
  readonly steps: readonly {
    readonly id: string;
    readonly isAttack?: boolean;
    readonly phase: string;
    readonly source: string;
    readonly target: string;
    readonly detections: readonly string[];
    readonly keyFrames: readonly number[];
    readonly frames: number;
    readonly first: string;
    readonly connections: readonly {
      readonly protocol: string;
      readonly client: string;
      readonly clientPort: number;
      readonly server: string;
      readonly serverPort: number;
      readonly firstFrame: number;
      readonly lastFrame: number;
    }[];
  }[];
}
const truthOf = async (name: string): Promise<Truth> =>
  JSON.parse(await readFile(join(folder, `${name}.truth.json`), "utf8")) as Truth;

describe("the same recipe", () => {
  // One command prints them anew: npx vitest run samples -u
  it("gives the same octets", () => {
    expect(Object.fromEntries(shas)).toMatchSnapshot();
  });

  it("gives the hash that the file has", async () => {
    for (const name of names) {
      expect(
        createHash("sha256")
          .update(await readFile(capture(name)))
          .digest("hex"),
      ).toBe(shas.get(name));
    }
  });

  it("gives other octets with another seed", async () => {
    const [first] = TECHNIQUES;
    const facts = await record(techniqueRecording(first, join(folder, "other-seed"), "2"));
    expect(facts.sha256).not.toBe(shas.get(first.name));
  });
});

/** What tshark marks on purpose: what the sample shows. */
const MARKED: Readonly<Record<string, readonly string[]>> = {
  "wmi-refused": ["9\tDCERPC\tFault: nca_s_fault_access_denied"],
};

describe.each(names)("%s", (name) => {
  it("is in the order of time, with right lengths and checksums", async () => {
    let last = 0n;
    for (const frame of await readFrames(capture(name))) {
      expect(frame.timeNs >= last).toBe(true);
      last = frame.timeNs;
      const fault = faultOf(frame);
      if (fault !== null) throw new Error(`${name}, frame ${frame.number}: ${fault}`);
    }
  });

  // Wireshark 4.0 knows an older form of NetrServerPasswordSet2 and marks real ones as well.
  const title = `is dissected by tshark without a mark${hasTshark ? "" : " (skipped: tshark is not installed)"}`;
  it.skipIf(!hasTshark || name === "zerologon-reset")(title, () => {
    expect(marksOf(capture(name))).toEqual(MARKED[name] ?? []);
  });
});

describe.each([...SCENARIOS, ...TECHNIQUES].map((each) => each.name))("truth of %s", (name) => {
  it("names the capture and frames that belong to its connections", async () => {
    const truth = await truthOf(name);
    const frames = await readFrames(capture(name));
    expect(truth.capture.sha256).toBe(shas.get(name));
    expect(truth.capture.frames).toBe(frames.length);
    for (const step of truth.steps) {
      for (const connection of step.connections) {
        const packet = packetOf(frames[connection.firstFrame - 1]?.bytes ?? new Uint8Array(64));
        const ends = [packet?.from, packet?.fromPort, packet?.to, packet?.toPort];
        expect(ends).toEqual([connection.client, connection.clientPort, connection.server, connection.serverPort]);
      }
      for (const number of step.keyFrames) {
        const packet = packetOf(frames[number - 1]?.bytes ?? new Uint8Array(64));
        const isKnown = step.connections.some(
          ({ client, clientPort, server, serverPort }) =>
            (packet?.from === client &&
              packet.fromPort === clientPort &&
              packet.to === server &&
              packet.toPort === serverPort) ||
            (packet?.to === client &&
              packet.toPort === clientPort &&
              packet.from === server &&
              packet.fromPort === serverPort),
        );
        if (!isKnown) throw new Error(`${name}, step ${step.id}: frame ${number} is in none of its connections`);
      }
    }
  });
});

describe("the incident", () => {
  it("tells the whole story in the order of time", async () => {
    const { steps } = await truthOf("incident");
    const attack = steps.filter((step) => step.phase !== "drill");
    const times = attack.map((step) => step.first);
    expect(times).toEqual([...times].sort());
    for (const step of attack) expect(step.frames).toBeGreaterThan(0);
    expect(new Set(attack.map((step) => step.phase))).toEqual(
      new Set([
        "initial-access",
        "command-and-control",
        "discovery",
        "credential-access",
        "lateral-movement",
        "admin-access",
        "collection",
        "exfiltration",
        "tampering",
      ]),
    );
  });

  it("stays close to the size that was asked for", async () => {
    const { capture: facts } = await truthOf("incident");
    expect(facts.octets).toBeGreaterThan(0.8 * SIZE);
    expect(facts.octets).toBeLessThan(1.2 * SIZE);
  });
});

describe("README.md", () => {
  it("lists every scenario, profile and technique", async () => {
    const text = await readFile(new URL("README.md", import.meta.url), "utf8");
    expect(names.filter((name) => !text.includes(`| \`${name}\` `))).toEqual([]);
  });
});

describe("harmless captures", () => {
  it("expect no detection of an attack", async () => {
    for (const name of ["quiet", ...TECHNIQUES.filter((each) => !each.isAttack).map((each) => each.name)]) {
      const { steps } = await truthOf(name);
      for (const step of steps) expect(step.detections.filter((id) => !id.startsWith("BT-DR-"))).toEqual([]);
    }
  });
});

/** What is wrong with lengths or checksums of a frame; null if nothing is. */
function faultOf(frame: ReadFrame): string | null {
  const { bytes } = frame;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint16(12) === 0x0806) return null;
  if (view.getUint16(12) === 0x86dd) {
    const segment = bytes.subarray(54);
    if (view.getUint16(18) !== segment.length) return "IPv6 length differs from the frame's";
    const rest = Uint8Array.of(segment.length >> 8, segment.length & 255, 0, bytes[20] ?? 0);
    return plainChecksum(bytes.subarray(22, 54), rest, segment) === 0 ? null : "transport checksum";
  }
  if (view.getUint16(12) !== 0x0800) return "neither IP nor ARP";
  if (14 + view.getUint16(16) !== bytes.length) return "IP length differs from the frame's";
  if (plainChecksum(bytes.subarray(14, 34)) !== 0) return "IP checksum";
  const segment = bytes.subarray(34);
  const pseudo = new Uint8Array(12);
  pseudo.set(bytes.subarray(26, 34));
  pseudo[9] = bytes[23] ?? 0;
  new DataView(pseudo.buffer).setUint16(10, segment.length);
  return plainChecksum(pseudo, segment) === 0 ? null : "transport checksum";
}

/** Endings of connections are remarks, not faults; so are the refusals of a port scan. */
const REMARKS =
  /Connection finish \(FIN\)|This frame (initiates|undergoes) the connection closing|Connection reset \(RST\)|,/g;

/** What tshark complains about, one line a frame; checksums are verified. */
function marksOf(path: string): readonly string[] {
  const filter =
    "_ws.malformed || _ws.short || _ws.expert.severity >= 4194304 || tcp.analysis.flags || ip.checksum.status == 0 || tcp.checksum.status == 0 || udp.checksum.status == 0";
  const checks = ["ip", "tcp", "udp"].flatMap((layer) => ["-o", `${layer}.check_checksum:TRUE`]);
  const fields = ["-T", "fields", "-e", "frame.number", "-e", "_ws.col.Protocol", "-e", "_ws.expert.message"];
  const text = execFileSync("tshark", ["-n", "-r", path, ...checks, "-Y", filter, ...fields], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
    maxBuffer: 1 << 27,
  });
  return text.split("\n").filter((line) => (line.split("\t")[2] ?? "").replaceAll(REMARKS, "").trim() !== "");
}
