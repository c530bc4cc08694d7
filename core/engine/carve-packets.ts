import { readFramesAt } from "../capture/frame-source.ts";
import { PcapngWriter } from "../capture/pcapng-writer.ts";
import type { CarveResult, CarveTools } from "../case/carve.ts";
import { carve } from "../case/carve.ts";
import type { CarveSelection } from "../case/carve-selection.ts";
import type { Case } from "../case/case.ts";
import type { Finding } from "../contracts/finding.ts";
import { BacktrailError } from "../contracts/result.ts";
import { headerOctets } from "../net/header-octets.ts";
import { uidOf } from "../net/uid.ts";
import { refuseEvidence } from "../case/output-file.ts";
import { createClassicPcap } from "./classic-pcap.ts";
import { filterTimes } from "./filter-times.ts";
import { storyOf } from "./story-of.ts";
import { TOOL } from "./version.ts";

/** A name that ends in .pcap asks for a classic pcap. */
function toolsFor(path: string): CarveTools {
  const isClassic = path.toLowerCase().endsWith(".pcap");
  return {
    readFrames: readFramesAt,
    create: (draft, section) =>
      isClassic ? Promise.resolve(createClassicPcap(draft)) : PcapngWriter.create(draft, section),
    uidOf,
    application: `${TOOL.name} ${TOOL.version}`,
  };
}

/** What to carve, as a person names it. */
export type CarveRequest = CarveSubject & {
  /** Cuts each frame behind its headers. */
  readonly headersOnly?: boolean;
};

type CarveSubject =
  | { readonly session: string }
  | { readonly finding: string; readonly whole: boolean }
  | { readonly filter: string; readonly whole: boolean };

/**
 * Writes exactly the packets of a session, a finding or a filter's records into a pcapng whose comments name them, or a classic pcap.
 * @throws BacktrailError `no-finding`, `no-packets`, `evidence-changed`, `protected-file`, or what prevents reading or writing.
 */
export async function carvePackets(source: Case, request: CarveRequest, path: string): Promise<CarveResult> {
  refuseEvidence(source, path);
  const cut = request.headersOnly === true ? { headerOctets } : {};
  return carve(source, await selectionOf(source, request), path, { ...toolsFor(path), ...cut });
}

/** The packets of a finding's records, for a file that goes into another: the journal notes that one. */
export async function carveFinding(source: Case, finding: Finding, path: string): Promise<CarveResult> {
  return carve(source, { kind: "finding", finding, whole: false }, path, { ...toolsFor(path), isPart: true });
}

async function selectionOf(source: Case, request: CarveSubject): Promise<CarveSelection> {
  if ("session" in request) return { kind: "session", uid: request.session };
  if ("filter" in request) {
    return { kind: "filter", text: request.filter, times: filterTimes(source), whole: request.whole };
  }
  const story = await storyOf(source);
  const all = [...story.findings, ...story.setAside.map(({ finding }) => finding)];
  const finding = all.find(({ id }) => id === request.finding);
  if (finding === undefined) {
    throw new BacktrailError(
      "no-finding",
      `There is no finding ${request.finding} in this case: backtrail findings lists them.`,
    );
  }
  return { kind: "finding", finding, whole: request.whole };
}
