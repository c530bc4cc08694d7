import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { hash } from "node:crypto";
import { PROTOCOLS } from "../../core/protocols/index.ts";
import { Watchdog } from "../watchdog.ts";
import { decode, encode, type Conversation, type Piece } from "./conversation.ts";
import { Coverage } from "./coverage.ts";
import { conversationsOf } from "./heard.ts";
import { changeOctets } from "./mutate.ts";
import { play } from "./play.ts";
import { Seeded } from "./seeded.ts";
import { COMPRESSED_MESSAGES } from "./unpackers.ts";

/** CPU seconds that one conversation of some 16 kB may take. */
const HANG_SECONDS = 5;
/** Octets of resident memory that one batch may add once all is warm. */
const MEMORY_LIMIT = 400e6;
/** Conversations between two looks at the coverage: a look costs as much as some ten of them. */
const BATCH = 24;
const WARM_BATCHES = 50;
const MOST_PIECES = 400;
/** Failures after which a run ends. */
const MOST_FAILURES = 20;

/** What a guided run did. */
export interface GuidedResult {
  readonly cases: number;
  /** Inputs that reached something new, of this run and those before. */
  readonly kept: number;
  /** Blocks of the program, with doublings of their counts, that were reached. */
  readonly coverage: number;
  /** Conversations by the protocol whose analyzer they were told to. */
  readonly byProtocol: Readonly<Record<string, number>>;
  readonly failures: readonly { readonly what: string; readonly input: string }[];
}

/**
 * Changes conversations with analyzers until the time is over; those that reach code that no other reached are changed further.
 * @param bases Captures whose conversations are begun with.
 * @param keep Folder for what was found, which a later run begins with; null to forget it.
 */
export async function guidedFuzz(
  bases: readonly string[],
  keep: string | null,
  seed: number,
  seconds: number,
): Promise<GuidedResult> {
  const until = Date.now() + seconds * 1000;
  const random = new Seeded(seed);
  const watchdog = new Watchdog(HANG_SECONDS);
  const coverage = new Coverage();
  const pool = new Pool(keep);
  const failures: { what: string; input: string }[] = [];
  const failed = (what: string, input: Uint8Array) =>
    failures.push({ what, input: Buffer.from(input).toString("base64").slice(0, 30_000) });
  const byProtocol: Record<string, number> = {};
  const run = (input: Uint8Array): void => {
    watchdog.begin(`guided, ${hash("sha256", input).slice(0, 12)}`);
    const conversation = decode(input);
    if (conversation !== null) {
      const { name } = PROTOCOLS[conversation.protocol % PROTOCOLS.length]!;
      byProtocol[name] = (byProtocol[name] ?? 0) + 1;
    }
    const what = conversation === null ? null : play(conversation);
    if (what !== null) failed(what, input);
  };
  let cases = 0;
  try {
    for (const base of shuffled(bases, random)) {
      if (Date.now() > until - (seconds * 1000) / 2) break;
      watchdog.begin(`reading ${base}`);
      for (const conversation of await conversationsOf(base).catch(() => [])) pool.begin(encode(conversation));
    }
    for (const conversation of ownSeeds()) pool.begin(encode(conversation));
    for (const input of pool.all) run(input);
    coverage.gained();
    for (let batches = 0; Date.now() < until && failures.length < MOST_FAILURES; batches++) {
      const before = process.resourceUsage().maxRSS * 1024;
      const inputs = Array.from({ length: BATCH }, () => changed(pool, random));
      for (const input of inputs) run(input);
      cases += inputs.length;
      const grown = process.resourceUsage().maxRSS * 1024 - before;
      if (batches > WARM_BATCHES && grown > MEMORY_LIMIT)
        failed(`${Math.round(grown / 1e6)} MB more resident memory in ${BATCH} conversations`, inputs[0]!);
      if (coverage.gained() === 0) continue;
      // Which of them it was: counts of a single one differ from those of the batch, so most are new once.
      for (const input of inputs) {
        run(input);
        if (coverage.gained() > 0) pool.add(input);
      }
    }
  } finally {
    await watchdog.end();
    coverage.close();
  }
  return { cases, kept: pool.all.length, coverage: coverage.size, byProtocol, failures };
}

/** What captures may lack: a word to each protocol, so that none is left out, and the compressed messages of SMB. */
export function ownSeeds(): Conversation[] {
  const word = piece(true, Buffer.from("0000002cff534d420d0a", "hex"));
  const words = PROTOCOLS.map((_, protocol) => ({ protocol, carrier: 0, sawStart: true, pieces: [word] }));
  const protocol = PROTOCOLS.findIndex(({ name }) => name === "smb");
  const messages = COMPRESSED_MESSAGES.map((bytes) => ({
    protocol,
    carrier: 0,
    sawStart: true,
    pieces: [piece(true, bytes), piece(false, bytes)],
  }));
  return [...words, ...messages];
}

function shuffled(list: readonly string[], random: Seeded): string[] {
  return list
    .map((item) => ({ item, place: random.u32() }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item);
}

/** The inputs that reached something new. */
class Pool {
  readonly all: Uint8Array[] = [];
  readonly #folder: string | null;

  constructor(folder: string | null) {
    this.#folder = folder;
    if (folder === null) return;
    if (existsSync(folder)) for (const name of readdirSync(folder)) this.all.push(readFileSync(join(folder, name)));
    else mkdirSync(folder, { recursive: true });
  }

  begin(input: Uint8Array): void {
    this.all.push(input);
  }

  add(input: Uint8Array): void {
    this.all.push(input);
    if (this.#folder !== null) writeFileSync(join(this.#folder, hash("sha256", input).slice(0, 24)), input);
  }

  /** One of them; the latest come more often. */
  pick(random: Seeded): Uint8Array {
    const { length } = this.all;
    const recent = Math.min(length, 64);
    return this.all[random.oneIn(3) ? length - 1 - random.below(recent) : random.below(length)]!;
  }
}

/** A changed conversation: its order, its pieces, their octets. */
function changed(pool: Pool, random: Seeded): Uint8Array {
  const base = pool.all.length === 0 ? null : decode(pool.pick(random));
  const { carrier, sawStart, pieces, protocol } = base ?? blank(random);
  const list = [...pieces];
  for (let i = 1 + random.below(6); i > 0; i--) changePieces(list, pool, random);
  return encode({
    protocol: random.oneIn(50) ? random.below(PROTOCOLS.length) : protocol,
    carrier,
    sawStart: random.oneIn(20) ? !sawStart : sawStart,
    pieces: list.slice(0, MOST_PIECES),
  });
}

function blank(random: Seeded): Conversation {
  const bytes = Uint8Array.from({ length: 1 + random.below(64) }, () => random.below(256));
  return { protocol: random.below(PROTOCOLS.length), carrier: 0, sawStart: true, pieces: [piece(true, bytes)] };
}

function changePieces(list: Piece[], pool: Pool, random: Seeded): void {
  const at = random.below(list.length);
  const one = list[at];
  if (one === undefined || one.bytes === null || one.bytes.length === 0) {
    if (one !== undefined) list.splice(at, 1);
    return;
  }
  const { fromOriginator, bytes } = one;
  switch (random.below(12)) {
    case 0:
      list.splice(at, 1 + random.below(3));
      return;
    case 1:
      list.splice(random.below(list.length), 0, one);
      return;
    case 2:
      list.splice(at, 1);
      list.splice(random.below(list.length + 1), 0, one);
      return;
    case 3: {
      const cut = random.below(bytes.length);
      list.splice(at, 1, piece(fromOriginator, bytes.subarray(0, cut)), piece(fromOriginator, bytes.subarray(cut)));
      return;
    }
    case 4:
      list.splice(at, 1, { fromOriginator, bytes: null, gap: random.oneIn(2) ? bytes.length : random.below(70_000) });
      return;
    case 5: {
      const other = decode(pool.pick(random))?.pieces ?? [];
      const from = random.below(other.length);
      list.splice(at, random.below(2), ...other.slice(from, from + 1 + random.below(4)));
      return;
    }
    default:
      list[at] = piece(fromOriginator, changeOctets(bytes, random));
  }
}

function piece(fromOriginator: boolean, bytes: Uint8Array): Piece {
  return { fromOriginator, bytes, gap: 0 };
}
