import { DETECTIONS } from "../../dist/core/detections/index.js";
import { joinFindings } from "../../dist/core/detections/join.js";
import { runDetections } from "../../dist/core/detections/run.js";
import { inferEstate } from "../../dist/core/estate/infer.js";
import { EMPTY_SCOPE } from "../../dist/core/estate/scope.js";
import { CaptureRecords } from "./records.js";

const SEVERE = new Set(["high", "critical"]);

/**
 * What the detections find in one capture, with no scope and no baseline.
 * @param only Detection ids to run; all if null.
 * @returns Findings without those of severity "info"; sessions; or `refused`, the sentence with which the capture was refused.
 */
export async function measure(path, sha256, { cache, isFresh, only }) {
  let records;
  try {
    records = await CaptureRecords.of(path, sha256, cache, isFresh);
  } catch (error) {
    return { path, findings: [], sessions: 0, refused: error.message.split("\n")[0] };
  }
  try {
    await inferEstate(records, EMPTY_SCOPE);
    const judges = only === null ? DETECTIONS : DETECTIONS.filter(({ id }) => only.has(id));
    const { findings, limits } = await runDetections(records, judges);
    const [{ n }] = await records.rows("SELECT count(*) AS n FROM conn");
    return {
      path,
      findings: joinFindings(findings).filter(({ severity }) => severity !== "info"),
      sessions: Number(n),
      limits: limits.map(({ sentence }) => sentence),
      refused: null,
    };
  } finally {
    records.close();
  }
}

export const isSevere = ({ severity }) => SEVERE.has(severity);
export const DETECTION_COUNT = DETECTIONS.length;
