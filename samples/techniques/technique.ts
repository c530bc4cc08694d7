import { WORKSTATIONS } from "../estate/company.ts";
import type { Host } from "../estate/host.ts";
import type { Stage } from "../scenario/stage.ts";
import type { Step, StepFields } from "../scenario/step.ts";

/** A small capture that shows one thing. */
export interface Technique {
  /** Name of the capture without its suffix. */
  readonly name: string;
  /** One sentence: what is seen. */
  readonly shows: string;
  /** False for something harmless that looks alike. */
  readonly isAttack: boolean;
  /** Puts it on the stage; the first frame is about a second after scenario time 0. */
  play(stage: Stage): void;
}

/** The workstation of whoever does it, unless a technique needs another machine. */
export const STRANGER: Host = workstation(6);

export function workstation(index: number): Host {
  const found = WORKSTATIONS[index];
  if (found === undefined) throw new Error(`no workstation ${index}`);
  return found;
}

/** Announces the one step of a technique; ids and addresses are filled in from the machines. */
export function onlyStep(
  stage: Stage,
  from: Host,
  to: Host,
  fields: Omit<StepFields, "id" | "source" | "target">,
): Step {
  return stage.step({ id: "only", source: from.ip, target: to.ip, ...fields });
}
