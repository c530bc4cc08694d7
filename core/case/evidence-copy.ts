import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, statSync } from "node:fs";
import { open, rm } from "node:fs/promises";
import { BacktrailError } from "../contracts/result.ts";
import { ioProblem } from "./io-problem.ts";
import { draftOf, putInPlace } from "./output-file.ts";

/** How a copy of a capture is kept from being changed. */
export interface Protection {
  /** `immutable`: the file system refuses every change; `read-only mode`: whoever owns the file can lift it; `none`. */
  readonly kind: "immutable" | "read-only mode" | "none";
  /** Why it is no more than that; null for an immutable file. */
  readonly why: string | null;
}

/**
 * Copies a file that has a SHA-256; the copy appears under its name when it is whole, has that hash, and is on the disk.
 * @throws BacktrailError `evidence-changed`, or what prevents copying; nothing is left behind.
 */
export async function copyWhole(from: string, to: string, sha256: string): Promise<void> {
  const hash = createHash("sha256");
  const draft = draftOf(to);
  try {
    const source = await open(from, "r");
    try {
      const target = await open(draft, "w");
      try {
        for await (const block of source.createReadStream({ autoClose: false, highWaterMark: COPY_BLOCK })) {
          hash.update(block as Buffer);
          await target.appendFile(block as Buffer);
        }
      } finally {
        await target.close();
      }
    } finally {
      await source.close();
    }
    const found = hash.digest("hex");
    if (found !== sha256)
      throw new BacktrailError(
        "evidence-changed",
        `${from} has SHA-256 ${found}, the case was made from ${sha256}: restore the capture, then copy again.`,
      );
    await putInPlace(draft, to);
  } catch (error) {
    await rm(draft, { force: true });
    throw ioProblem(error, `copying ${from} to ${to}`);
  }
}

const COPY_BLOCK = 1024 * 1024;

/** What makes a file immutable, and what takes that away, by platform. */
const IMMUTABLE: Readonly<Record<string, { readonly command: string; readonly on: string; readonly flag: string }>> = {
  linux: { command: "chattr", on: "+i", flag: "immutable attribute" },
  darwin: { command: "chflags", on: "uchg", flag: "uchg flag" },
};

/** Keeps a file from being changed as firmly as file system and account allow, and says how firmly that is. */
export function protect(path: string): Protection {
  try {
    chmodSync(path, 0o444);
  } catch (error) {
    throw ioProblem(error, `making ${path} read-only`);
  }
  const tool = IMMUTABLE[process.platform];
  if (tool === undefined)
    return { kind: "read-only mode", why: "this system has no immutable files that are known here" };
  const { status, stderr, error } = spawnSync(tool.command, [tool.on, path], { encoding: "utf8" });
  if (status === 0) return { kind: "immutable", why: null };
  const reason = error === undefined ? (stderr.trim().split("\n")[0] ?? "") : error.message;
  return { kind: "read-only mode", why: `the ${tool.flag} could not be set (${reason})` };
}

/** How a file is kept now. */
export function protectionOf(path: string): Protection {
  if (process.platform === "linux") {
    const { status, stdout } = spawnSync("lsattr", ["-d", path], { encoding: "utf8" });
    if (status === 0 && /^\S*i/.test(stdout)) return { kind: "immutable", why: null };
  }
  try {
    if ((statSync(path).mode & 0o222) === 0)
      return { kind: "read-only mode", why: "whoever owns the file can make it writable again" };
  } catch (error) {
    return { kind: "none", why: error instanceof Error ? error.message : String(error) };
  }
  return { kind: "none", why: "its mode lets it be written" };
}
