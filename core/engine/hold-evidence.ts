import { existsSync, statSync } from "node:fs";
import { basename, join, relative } from "node:path";
import type { Case } from "../case/case.ts";
import type { Protection } from "../case/evidence-copy.ts";
import { copyWhole, protect, protectionOf } from "../case/evidence-copy.ts";
import type { EvidenceEntry } from "../case/ledger.ts";
import { makeFolder } from "../case/make-folder.ts";
import { refuseReadOnly } from "./seal.ts";

/** Folder of the copies, inside the case. */
const COPIES = "evidence/copies";

/** A capture and how the case has it. */
export interface HeldCapture {
  readonly number: number;
  readonly path: string;
  readonly sha256: string;
  /** `original`: the case refers to it where it lies; `copy`: it holds a copy; `recorded`: it was recorded into the case; `gone`: it was read from a pipe. */
  readonly held: "original" | "copy" | "recorded" | "gone";
  /** Where the copy was taken from; null for what is no copy. */
  readonly original: string | null;
  readonly protection: Protection;
}

/** Every capture of the case and how it is held. */
export function heldEvidence(source: Case): HeldCapture[] {
  return source.ledger.entries.map((entry) => {
    const path = source.ledger.locate(entry);
    const { number, sha256, original = null } = entry;
    return { number, path, sha256, held: stateOf(source, entry, path), original, protection: protectionOf(path) };
  });
}

/**
 * Copies the captures that the case refers to into it, each compared with the SHA-256 that it was analysed with, and made write-once as
 * firmly as the file system allows. The originals are only read. From then on the case reads its copies.
 * @throws BacktrailError `evidence-changed` where an original is not what was analysed; copies made before stay.
 */
export async function holdEvidence(target: Case): Promise<HeldCapture[]> {
  refuseReadOnly(target);
  for (const entry of target.ledger.entries) {
    const from = target.ledger.locate(entry);
    if (entry.sha256 === "" || stateOf(target, entry, from) !== "original") continue;
    makeFolder(join(target.folder, COPIES));
    const name = `${String(entry.number).padStart(3, "0")}-${basename(from)}`;
    const to = join(target.folder, COPIES, name);
    // A copy that was made before a crash, and is not in the ledger, may be immutable already.
    if (!existsSync(to) || target.ledger.hashOf(to) !== entry.sha256) await copyWhole(from, to, entry.sha256);
    const protection = protect(to);
    const modified = statSync(to, { bigint: true }).mtimeNs.toString();
    // Its stamp is that of the original: the copy is hashed before packets are first read out of it.
    target.ledger.put([{ ...entry, path: to, relativePath: target.ledger.relativePath(to), modified, original: from }]);
    target.journal.append("evidence-copied", {
      object: to,
      sha256: entry.sha256,
      detail: { number: entry.number, original: from, protection: protection.kind, why: protection.why },
    });
  }
  return heldEvidence(target);
}

function stateOf(source: Case, { original, modified }: EvidenceEntry, path: string): HeldCapture["held"] {
  if (original !== undefined) return "copy";
  if (modified === null) return "gone";
  return relative(source.folder, path).startsWith("..") ? "original" : "recorded";
}
