import type { Phase } from "../../core/contracts/finding.ts";
import { shapePath, PHASE_STYLES } from "../../core/figures/phase-style.ts";

/** A phase's own shape in its own colour; the word beside it says the same. */
export function PhaseMark({ phase, size }: { phase: Phase; size: number }) {
  const d = shapePath(PHASE_STYLES[phase].shape, size / 2, size / 2, size / 2.6);
  return (
    <svg className={`phase-mark mark phase-${phase}`} width={size} height={size} aria-hidden="true">
      <path d={d} />
    </svg>
  );
}
