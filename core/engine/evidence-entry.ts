import { statSync } from "node:fs";
import { resolve } from "node:path";
import type { CaptureFile } from "../capture/capture-file.ts";
import type { Case } from "../case/case.ts";
import type { EvidenceEntry } from "../case/ledger.ts";
import { fileStamp } from "../case/ledger.ts";

/**
 * What the evidence ledger says of a capture that was read.
 * @param isGrowing True while there is more to read: that it has no hash yet is no damage.
 */
export function ledgerEntry(target: Case, capture: CaptureFile, isGrowing = false): EvidenceEntry {
  const path = capture.path === "-" ? capture.path : resolve(capture.path);
  // Standard input and pipes cannot be read again: they have no size and no time.
  const found = path === "-" ? undefined : statSync(path, { bigint: true, throwIfNoEntry: false });
  const file = found?.isFile() === true ? found : null;
  const damage = capture.damage.map(({ sentence }) => sentence);
  if (capture.damageOmitted > 0) damage.push(`${capture.damageOmitted} further places are damaged.`);
  if (capture.sha256 === null && !isGrowing) damage.push("Reading was stopped before its end, so it has no SHA-256.");
  return {
    number: capture.number,
    path,
    relativePath: file === null ? "" : target.ledger.relativePath(path),
    octets: capture.octets ?? Number(file?.size ?? 0),
    modified: file === null ? null : file.mtimeNs.toString(),
    sha256: capture.sha256 ?? "",
    format: capture.format,
    packets: capture.packets,
    tsFirst: capture.tsFirst?.toString() ?? null,
    tsLast: capture.tsLast?.toString() ?? null,
    damage,
    interfaces: capture.interfaces.map(({ name, description, linkType, snapLength, statistics }) => ({
      name,
      description,
      linkType,
      snapLength,
      received: countOrNull(statistics?.received),
      dropped: countOrNull(statistics?.dropped),
    })),
    comments: capture.comments.filter(({ of }) => of === "section").map(({ text }) => text),
    added: new Date().toISOString(),
    ...(file === null || capture.sha256 === null ? {} : { seen: fileStamp(path) ?? "" }),
    detail: { compression: capture.compression, notes: capture.notes },
  };
}

/** What tells the file of an entry whose octets are known from one that changed since. */
export function fileTimes(path: string): Pick<EvidenceEntry, "modified" | "seen"> {
  const found = statSync(path, { bigint: true, throwIfNoEntry: false });
  return { modified: found?.mtimeNs.toString() ?? null, seen: fileStamp(path) ?? "" };
}

function countOrNull(count: bigint | null | undefined): number | null {
  return count === null || count === undefined ? null : Number(count);
}
