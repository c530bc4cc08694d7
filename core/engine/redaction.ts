import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Case } from "../case/case.ts";
import { CASE_FILES } from "../case/case-file.ts";
import { replaceFile } from "../case/durable-file.ts";
import { ioProblem } from "../case/io-problem.ts";
import { BacktrailError } from "../contracts/result.ts";
import { DETECTIONS } from "../detections/index.ts";
import type { ReportModel } from "../report/model.ts";
import type { MaskKey } from "../report/redaction/mask.ts";
import { redact } from "../report/redaction/redact.ts";
import type { RedactionRules } from "../report/redaction/rules.ts";

const DETECTION_WORDS = new Map(DETECTIONS.map((detection) => [detection.id, detection]));

/**
 * Masks a model by rules. The key is kept in the case's folder, readable by its owner alone: it stays behind, and later
 * reports of the case use the same masks.
 * @returns the masked model, and SHA-256 of the key file as it is now.
 */
export function redactedModel(
  source: Case,
  model: ReportModel,
  rules: RedactionRules,
): { model: ReportModel; keySha256: string } {
  const path = join(source.folder, CASE_FILES.redactionKey);
  const before = readKey(path, source.info.id);
  const found = redact(model, rules, DETECTION_WORDS, before);
  const text = `${JSON.stringify({ format: 1, case: source.info.id, masks: found.key }, null, 2)}\n`;
  if (source.isReadOnly)
    throw new BacktrailError(
      "read-only",
      `${source.folder} cannot be written, so the key to the masks has no place: copy the case first.`,
    );
  replaceFile(path, text, 0o600);
  return { model: found.model, keySha256: createHash("sha256").update(text).digest("hex") };
}

function readKey(path: string, caseId: string): MaskKey {
  if (!existsSync(path)) return {};
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    throw ioProblem(error, `reading ${path}`);
  }
  try {
    const value = JSON.parse(text) as { case?: unknown; masks?: unknown };
    if (value.case === caseId && typeof value.masks === "object" && value.masks !== null) return value.masks as MaskKey;
  } catch {
    // said below, with what to do
  }
  throw new BacktrailError(
    "key-damaged",
    `${path} is not the key to this case's masks: restore it, or move it away to begin new masks.`,
  );
}
