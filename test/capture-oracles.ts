import { execFile } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
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

/** What Backtrail reads; a string names the error that refuses the file. */
export async function totalsOf(path: string): Promise<Totals | string> {
  try {
    const set = await openCaptures([path]);
    let packets = 0;
    let wireOctets = 0;
    for (let batch = await set.next(); batch !== null; batch = await set.next()) {
      packets += batch.count;
      for (let row = 0; row < batch.count; row++) wireOctets += batch.wireLen[row]!;
      set.release(batch);
    }
    const file = set.captures[0]!;
    await set.close();
    return { packets, wireOctets, first: file.tsFirst?.toString() ?? null, last: file.tsLast?.toString() ?? null };
  } catch (error) {
    if (error instanceof BacktrailError) return error.code;
    throw error;
  }
}

/**
 * What capinfos says of all files at once. Files it refuses are missing.
 * @returns null if capinfos is not installed.
 */
export async function capinfosTotals(paths: readonly string[]): Promise<Map<string, Totals> | null> {
  const table = ["-T", "-M", "-c", "-d", "-a", "-e", "-S", "-B", "-r", "-N", "-K"];
  const options = ["-T", "-M", "-c", "-d", "-a", "-e", "-S", "-r", "-B", "-Q"];
  void table;
  const output = await new Promise<string | null>((resolve) => {
    execFile("capinfos", [...options, ...paths], { maxBuffer: 64 * 1024 * 1024 }, (error, stdout) => {
      resolve(error !== null && "code" in error && error.code === "ENOENT" ? null : stdout);
    });
  });
  if (output === null) return null;
  const totals = new Map<string, Totals>();
  for (const line of output.split("\n")) {
    const cells = line.split("\t").map((cell) => cell.replace(/^"|"$/g, ""));
    const [path, packets, octets, first, last] = cells;
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
