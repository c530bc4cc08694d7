import type { Progress } from "../../contracts/progress.ts";

const STAGES: Readonly<Record<Progress["stage"], string>> = {
  reading: "Reading the capture",
  estate: "Finding the backup estate",
  detections: "Running the detections",
  story: "Telling the story",
};

/** How far an analysis is, in words and as a share. */
export function toldProgress({ stage, octetsRead, octetsTotal, octetsPerSecond, secondsLeft }: Progress) {
  const share = octetsTotal === null || octetsTotal === 0 ? null : Math.min(1, octetsRead / octetsTotal);
  return { stage: STAGES[stage], share: stage === "reading" ? share : null, octetsPerSecond, secondsLeft };
}
