import { createHash, randomUUID } from "node:crypto";
import { createWriteStream, existsSync, readdirSync, rmSync, statSync } from "node:fs";
import { copyFile, rename, rm, statfs } from "node:fs/promises";
import { basename, extname, join, resolve } from "node:path";
import type { Readable } from "node:stream";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { ioProblem } from "../../case/io-problem.ts";
import { makeFolder } from "../../case/make-folder.ts";
import type { Offer } from "../../contracts/desk.ts";
import { BacktrailError } from "../../contracts/result.ts";
import { octetsText } from "../../contracts/text-forms.ts";

/** A capture on this machine that may be analysed. */
export interface OfferedCapture extends Offer {
  path: string;
  state: Offer["state"];
  /** Of what came from a browser, hashed as it arrived; null for a file that was here already. */
  sha256: string | null;
}

/** Captures that wait to be analysed: files of this machine, and those whose octets a browser sends. */
export class Offers {
  readonly #inbox: string;
  readonly #all = new Map<string, OfferedCapture>();
  readonly #arrivals = new Map<string, AbortController>();

  /** @param folder Where what is sent is kept until it goes into a case, on the disk of new cases. */
  constructor(folder: string) {
    this.#inbox = join(folder, INBOX, `${process.pid}-${randomUUID().slice(0, 8)}`);
    removeLeftovers(join(folder, INBOX));
  }

  get all(): readonly OfferedCapture[] {
    return [...this.#all.values()];
  }

  /** @throws BacktrailError `no-offer` where one is unknown or did not arrive whole. */
  ready(ids: readonly string[]): readonly OfferedCapture[] {
    return ids.map((id) => {
      const offer = this.#all.get(id);
      if (offer?.state === "ready") return offer;
      throw new BacktrailError("no-offer", "A capture that was chosen is not here (any more): choose it again.");
    });
  }

  /** Takes a file or folder of this machine. @throws BacktrailError where there is none. */
  addPath(path: string): OfferedCapture {
    const full = resolve(path);
    const known = this.all.find((offer) => offer.path === full);
    if (known !== undefined) return known;
    try {
      const { size } = statSync(full);
      const octets = statSync(full).isDirectory() ? null : size;
      return this.#add({ id: randomUUID(), name: basename(full), octets, state: "ready", path: full, sha256: null });
    } catch (error) {
      throw ioProblem(error, `looking for ${full}`);
    }
  }

  /** Makes room for a capture that will be sent. @throws BacktrailError `disk-full` */
  async announce(name: string, octets: number): Promise<OfferedCapture> {
    try {
      makeFolder(this.#inbox);
      const { bavail, bsize } = await statfs(this.#inbox);
      if (octets > bavail * bsize) {
        const text = `${name} has ${octetsText(octets)} and ${this.#inbox} has ${octetsText(bavail * bsize)} left: free some space, or analyse it where it is with backtrail analyze.`;
        throw new BacktrailError("disk-full", text, { kind: "work" });
      }
    } catch (error) {
      throw ioProblem(error, `making room in ${this.#inbox}`);
    }
    const id = randomUUID();
    const safe = safeFileName(name);
    return this.#add({ id, name: safe, octets, state: "arriving", path: join(this.#inbox, id), sha256: null });
  }

  /**
   * Writes what a browser sends for an announced capture, and hashes it on the way. What does not arrive whole is deleted.
   * @throws BacktrailError `no-offer`, `cut-off`, or what prevents writing.
   */
  async receive(id: string, octets: Readable): Promise<OfferedCapture> {
    const offer = this.#all.get(id);
    if (offer?.state !== "arriving" || this.#arrivals.has(id))
      throw new BacktrailError("no-offer", "This capture was not announced, or is here already: choose it again.");
    const stop = new AbortController();
    this.#arrivals.set(id, stop);
    const hash = createHash("sha256");
    let arrived = 0;
    const count = new Transform({
      transform(block: Buffer, _encoding, done) {
        arrived += block.length;
        hash.update(block);
        // More than was announced would fill the disk.
        done(arrived > offer.octets! ? new Error("more arrived than was announced") : null, block);
      },
    });
    try {
      await pipeline(octets, count, createWriteStream(offer.path, { flags: "wx", mode: 0o600, flush: true }), {
        signal: stop.signal,
      });
      if (arrived !== offer.octets) throw new Error(`${arrived} of ${offer.octets} octets arrived`);
    } catch (error) {
      await rm(offer.path, { force: true });
      this.#all.delete(id);
      if ((error as NodeJS.ErrnoException).syscall !== undefined) throw ioProblem(error, `writing ${offer.path}`);
      const reason = error instanceof Error ? error.message : String(error);
      throw new BacktrailError("cut-off", `${offer.name} did not arrive whole (${reason}): send it again.`, {
        cause: error,
      });
    } finally {
      this.#arrivals.delete(id);
    }
    offer.sha256 = hash.digest("hex");
    offer.state = "ready";
    return offer;
  }

  /**
   * Puts what was sent into the evidence of a case; files that were here already stay where they are.
   * @returns the path to read.
   */
  async moveInto(offer: OfferedCapture, caseFolder: string): Promise<string> {
    if (offer.sha256 === null) return offer.path;
    const folder = join(caseFolder, "evidence");
    makeFolder(folder);
    const end = extname(offer.name);
    const stem = offer.name.slice(0, offer.name.length - end.length);
    let path = join(folder, offer.name);
    for (let i = 2; existsSync(path); i++) path = join(folder, `${stem}-${i}${end}`);
    try {
      await rename(offer.path, path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EXDEV") throw ioProblem(error, `moving ${offer.name} to ${path}`);
      await copyFile(offer.path, path);
      await rm(offer.path);
    }
    offer.path = path;
    return path;
  }

  /** Forgets offers; what was sent and is in no case is deleted, what is still arriving is refused. */
  remove(ids: readonly string[]): void {
    for (const id of ids) {
      this.#arrivals.get(id)?.abort();
      const offer = this.#all.get(id);
      this.#all.delete(id);
      if (offer?.sha256 !== null && offer !== undefined && offer.path.startsWith(this.#inbox))
        rmSync(offer.path, { force: true });
    }
  }

  /** Deletes what was sent and is in no case. */
  close(): void {
    for (const arrival of this.#arrivals.values()) arrival.abort();
    rmSync(this.#inbox, { recursive: true, force: true });
  }

  #add(offer: OfferedCapture): OfferedCapture {
    this.#all.set(offer.id, offer);
    return offer;
  }
}

const INBOX = ".arriving";
const RESERVED = /^(con|prn|aux|nul|com\d|lpt\d|ledger)(\.|$)/i;

/** A name from another machine as a file name here: no folders, nothing that a file system reserves. */
export function safeFileName(name: string): string {
  const last = name.split(/[/\\]/).at(-1) ?? "";
  const clean = last
    .replace(/[\u0000-\u001f\u007f<>:"|?*\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, "_")
    .replace(/^[. ]+|(?<![. ])[. ]+$/g, "");
  const end = extname(clean).slice(0, 20);
  const short = clean.length <= 150 ? clean : clean.slice(0, 150 - end.length) + end;
  return short === "" || RESERVED.test(short) ? `capture-${short}` : short;
}

/** Deletes what processes that are gone left behind. */
function removeLeftovers(inbox: string): void {
  if (!existsSync(inbox)) return;
  for (const name of readdirSync(inbox)) {
    const pid = Number(/^(\d+)-/.exec(name)?.[1]);
    if (pid > 0 && !isAlive(pid)) rmSync(join(inbox, name), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
