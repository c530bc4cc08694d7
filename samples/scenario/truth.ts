import { DOMAIN, HOSTS, NETWORKS, OUTSIDE, WORKSTATIONS } from "../estate/company.ts";
import type { Host } from "../estate/host.ts";
import type { Stage } from "./stage.ts";
import type { Step } from "./step.ts";

/** Facts of the finished capture. */
export interface CaptureFacts {
  readonly file: string;
  readonly octets: number;
  readonly frames: number;
  readonly sha256: string;
  readonly firstNs: number;
  readonly lastNs: number;
}

/** What a scenario was made from. */
export interface Recipe {
  readonly scenario: string;
  readonly about: string;
  readonly seed: string;
  readonly sizeOctets: number;
}

/** The ground truth as JSON text; times are ISO 8601 with nanoseconds, UTC. */
export function truthText(stage: Stage, recipe: Recipe, capture: CaptureFacts): string {
  const iso = (ns: number): string => isoNs(stage.startNs + BigInt(Math.floor(ns)));
  const machines: readonly Host[] = [...Object.values(HOSTS), ...WORKSTATIONS, ...Object.values(OUTSIDE)];
  const truth = {
    format: 1,
    ...recipe,
    capture: {
      file: capture.file,
      octets: capture.octets,
      frames: capture.frames,
      sha256: capture.sha256,
      first: iso(capture.firstNs),
      last: iso(capture.lastNs),
    },
    estate: {
      domain: DOMAIN,
      networks: Object.values(NETWORKS)
        .filter((network) => network.watched > 0)
        .map(({ name, cidr }) => ({ name, cidr })),
      hosts: machines.map(({ name, ip, roles, isInternal }) => ({ name, ip, roles, isInternal })),
    },
    steps: stage.steps.map((step) => stepOf(step, iso)),
  };
  return `${JSON.stringify(truth, null, 2)}\n`;
}

function stepOf(step: Step, iso: (ns: number) => string): object {
  const { mustNotBe = [], ...fields } = step.fields;
  return {
    ...fields,
    mustNotBe,
    first: iso(step.firstNs),
    last: iso(step.lastNs),
    frames: step.frames,
    keyFrames: step.keyFrames,
    moreConnections: step.moreConnections,
    connections: step.connections.map(({ firstNs, lastNs, ...connection }) => ({
      ...connection,
      first: iso(firstNs),
      last: iso(lastNs),
    })),
  };
}

/** "2026-03-02T00:00:00.000000000Z" */
export function isoNs(ns: bigint): string {
  const seconds = new Date(Number(ns / 1_000_000n)).toISOString().slice(0, 19);
  return `${seconds}.${String(ns % 1_000_000_000n).padStart(9, "0")}Z`;
}
