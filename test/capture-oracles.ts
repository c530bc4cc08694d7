import { execFile } from "node:child_process";
import { readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { parse } from "pcap-parser";
import { openCaptures } from "../core/capture/open.ts";
import { BacktrailError } from "../core/contracts/result.ts";

/** What a capture holds, as one reader of it says. Times in ns since 1970 UTC as decimal text; null: no frame has one. */
export interface Totals {
  readonly packets: number;
  /** Sum of the lengths on the wire. */
  readonly wireOctets: number;
  readonly first: string | null;
  readonly last: string | null;
}

/** What Backtrail reads, with the sum of the captured lengths; a string is the code of the error that refuses it. */
export async function backtrailTotals(path: string): Promise<(Totals & { capturedOctets: number }) | string> {
  try {
    const set = await openCaptures([path]);
    let packets = 0;
    let wireOctets = 0;
    for (let batch = await set.next(); batch !== null; batch = await set.next()) {
      packets += batch.count;
      for (let row = 0; row < batch.count; row++) wireOctets += batch.wireLen[row]!;
      set.release(batch);
    }
    const { tsFirst, tsLast, capturedOctets } = set.captures[0]!;
    await set.close();
    return {
      packets,
      wireOctets,
      first: tsFirst?.toString() ?? null,
      last: tsLast?.toString() ?? null,
      capturedOctets,
    };
  } catch (error) {
    if (error instanceof BacktrailError) return error.code;
    throw error;
  }
}

/**
 * What capinfos says of all files, in one run. Files it refuses are missing.
 * @returns null if capinfos is not installed.
 */
export async function capinfosTotals(paths: readonly string[]): Promise<Map<string, Totals> | null> {
  const options = ["-T", "-M", "-c", "-d", "-a", "-e", "-S", "-r", "-B", "-Q"];
  const output = await new Promise<string | null>((resolve) => {
    execFile("capinfos", [...options, ...paths], { maxBuffer: 64 * 1024 * 1024 }, (error, stdout) => {
      resolve(error !== null && error.code === "ENOENT" ? null : stdout);
    });
  });
  if (output === null) return null;
  const totals = new Map<string, Totals>();
  for (const line of output.split("\n")) {
    const [path, packets, octets, first, last] = line.split("\t").map((cell) => cell.replace(/^"|"$/g, ""));
    if (path === undefined || packets === undefined || octets === undefined) continue;
    totals.set(path, {
      packets: Number(packets),
      wireOctets: Number(octets),
      first: nanoseconds(first),
      last: nanoseconds(last),
    });
  }
  return totals;
}

/**
 * Packets and captured octets of a classic pcap file (microseconds, version 2.4), read as plainly as its format is:
 * the npm module pcap-parser if it can.
 * @returns null where that module gives up.
 */
export function pcapParserTotals(path: string): Promise<{ packets: number; capturedOctets: number } | null> {
  return new Promise((resolve) => {
    let packets = 0;
    let capturedOctets = 0;
    const parser = parse(path);
    parser.on("packet", (packet) => {
      packets++;
      capturedOctets += packet.header.capturedLength;
    });
    parser.on("end", () => {
      resolve({ packets, capturedOctets });
    });
    parser.on("error", () => {
      resolve(null);
    });
  });
}

/** "1582646585.983635" as ns; null for "n/a". */
function nanoseconds(seconds: string | undefined): string | null {
  const match = /^(-?\d+)(?:\.(\d{1,9}))?$/.exec(seconds ?? "");
  if (match === null) return null;
  return (BigInt(match[1]!) * 1_000_000_000n + BigInt((match[2] ?? "").padEnd(9, "0"))).toString();
}

/** All files below a folder, sorted. */
export function filesBelow(folder: string): string[] {
  const paths: string[] = [];
  for (const name of readdirSync(folder).sort()) {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) paths.push(...filesBelow(path));
    else paths.push(path);
  }
  return paths;
}

/** Files of the corpus that its manifest knows as captures. */
export function capturesOf(corpus: string): Set<string> {
  const captures = new Set<string>();
  for (const line of readFileSync(join(corpus, "manifest.tsv"), "utf8").split("\n").slice(1)) {
    const cells = line.split("\t");
    if (cells[0] !== undefined && cells[6] !== undefined && cells[6] !== "-") captures.add(cells[0]);
  }
  return captures;
}
