import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Case } from "../../case/case.ts";
import type { Slice } from "../../contracts/desk.ts";
import type { Subject } from "../../contracts/window.ts";
import type { CarveRequest } from "../carve-packets.ts";
import { carvePackets } from "../carve-packets.ts";

/** A slice and where it lies. */
export interface CarvedSlice extends Slice {
  readonly path: string;
}

/** Most slices that are kept at one time; the oldest goes first. */
const MOST_SLICES = 20;

/** Packets carved for another program, in a folder of this process that goes with it. */
export class Slices {
  #folder: string | null = null;
  readonly #all = new Map<string, CarvedSlice>();

  get(id: string): CarvedSlice | undefined {
    return this.#all.get(id);
  }

  /** @throws BacktrailError `no-finding`, `no-session`, `no-packets`, `evidence-changed` */
  async make(source: Case, subject: Subject, whole: boolean): Promise<CarvedSlice> {
    this.#folder ??= mkdtempSync(join(tmpdir(), "backtrail-slices-"));
    const id = randomUUID();
    const path = join(this.#folder, `${id}.pcapng`);
    const { frames, sha256 } = await carvePackets(source, requestFor(subject, whole), path);
    const slice = { id, name: sliceName(subject), frames, octets: statSync(path).size, sha256, path };
    this.#all.set(id, slice);
    const [oldest] = this.#all.values();
    if (this.#all.size > MOST_SLICES && oldest !== undefined) this.#remove(oldest);
    return slice;
  }

  close(): void {
    if (this.#folder !== null) rmSync(this.#folder, { recursive: true, force: true });
    this.#all.clear();
  }

  #remove({ id, path }: CarvedSlice): void {
    this.#all.delete(id);
    rmSync(path, { force: true });
  }
}

/** A subject as the carver takes it. */
export function requestFor({ kind, id }: Subject, whole: boolean): CarveRequest {
  return kind === "session" ? { session: id } : { finding: id, whole };
}

/** Name for a file with a subject's packets: ids are the case's own, but a page gave this one. */
function sliceName({ id }: Subject): string {
  return `${id.replace(/[^A-Za-z0-9-]/g, "_")}.pcapng`;
}
