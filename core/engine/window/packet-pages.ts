import type { Case } from "../../case/case.ts";
import { BacktrailError } from "../../contracts/result.ts";
import type { PacketPage, PacketView, Subject } from "../../contracts/window.ts";
import { linkTypeName } from "../../net/decode-counters.ts";
import { frameFields } from "../../net/frame-fields.ts";
import { storyOf } from "../story-of.ts";
import { EvidenceFrames } from "./evidence-frames.ts";
import type { EvidenceFrame } from "./evidence-frames.ts";

/** Most octets of one frame that the window shows; a capture may hold frames of megabytes. */
const MOST_OCTETS = 64 * 1024;

/** Link types that people know by name. */
const LINK_NAMES: Readonly<Record<number, string>> = {
  1: "Ethernet",
  101: "raw IP",
  113: "Linux cooked",
  276: "Linux cooked v2",
};

/** Finds packets of the evidence for the window, and keeps the last subject's places: a list is read page by page. */
export class PacketPages {
  readonly #source: Case;
  #last: { readonly key: string; readonly frames: Promise<EvidenceFrames> } | null = null;

  constructor(source: Case) {
    this.#source = source;
  }

  /** @throws BacktrailError `no-finding`, `no-session`, `no-packets`, `evidence-changed` */
  async page(subject: Subject, whole: boolean, first: number, count: number): Promise<PacketPage> {
    const frames = await this.#framesOf(subject, whole);
    const read = await frames.read(first, count);
    return {
      total: frames.count,
      packets: read.map(({ bytes, linkType, capture, frame, ts, wireLength }) => {
        const { source, destination, protocol, info } = frameFields(bytes, linkType);
        return { capture, frame, ts: ts.toString(), source, destination, protocol, wireLength, info };
      }),
    };
  }

  /** @throws BacktrailError `no-packets`, `evidence-changed` */
  async view(capture: number, frame: number): Promise<PacketView> {
    const { bytes, linkType, wireLength } = await readFrame(this.#source, capture, frame);
    const shown = bytes.subarray(0, MOST_OCTETS);
    return {
      capture,
      frame,
      base64: Buffer.from(shown).toString("base64"),
      wireLength,
      linkType: LINK_NAMES[linkType] ?? linkTypeName(linkType),
      fields: frameFields(shown, linkType).fields,
    };
  }

  #framesOf(subject: Subject, whole: boolean): Promise<EvidenceFrames> {
    const key = `${subject.kind} ${subject.id} ${whole}`;
    if (this.#last?.key !== key) this.#last = { key, frames: chosen(this.#source, subject, whole) };
    const { frames } = this.#last;
    frames.catch(() => (this.#last = null));
    return frames;
  }
}

async function chosen(source: Case, { kind, id }: Subject, whole: boolean): Promise<EvidenceFrames> {
  if (kind === "session") return EvidenceFrames.choose(source, { kind: "session", uid: id });
  const finding = (await storyOf(source)).findings.find((each) => each.id === id);
  if (finding === undefined)
    throw new BacktrailError("no-finding", `There is no finding ${id} in this case: reload the page.`);
  return EvidenceFrames.choose(source, { kind: "finding", finding, whole });
}

/** One frame by its capture and number. @throws BacktrailError `no-packets`, `evidence-changed` */
export async function readFrame(source: Case, capture: number, frame: number): Promise<EvidenceFrame> {
  const index = await source.packetIndex();
  const located = index.locate(capture, [frame]);
  const [found] = located.count === 0 ? [] : await new EvidenceFrames(source, [located]).read(0, 1);
  if (found === undefined)
    throw new BacktrailError("no-packets", `The case has no frame ${frame} of capture ${capture}.`);
  return found;
}
