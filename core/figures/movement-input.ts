import type { HostNames } from "../contracts/host-names.ts";
import type { Step } from "../contracts/story.ts";
import { visible } from "../contracts/text-forms.ts";
import type { MovementInput } from "./movement.ts";

/** Most hosts that a movement figure can show legibly. */
const HOSTS_DRAWN = 24;

/** Hosts and edges of a chain, as the movement figure takes them; the hosts with most steps first where there are too many. */
export function movementInput(
  steps: readonly Step[],
  hosts: HostNames,
  foothold: string | null,
  width: number,
): MovementInput {
  const count = new Map<string, number>();
  for (const { source, target } of steps) {
    if (source === null || target === null) continue;
    for (const address of [source, target]) count.set(address, (count.get(address) ?? 0) + 1);
  }
  const drawn = new Set(
    [...count]
      .sort((a, b) => b[1] - a[1])
      .slice(0, HOSTS_DRAWN)
      .map(([address]) => address),
  );
  const edges = steps.flatMap((step, i) =>
    step.source !== null && step.target !== null && drawn.has(step.source) && drawn.has(step.target)
      ? [{ source: step.source, target: step.target, phase: step.phase, step: i + 1, label: visible(step.sentence) }]
      : [],
  );
  const movementHosts = [...count.keys()]
    .filter((address) => drawn.has(address))
    .map((address) => {
      const asset = hosts.asset(address);
      const name = asset?.name ?? null;
      return {
        address,
        name: name === null ? null : visible(name),
        role: hosts.role(address),
        inEstate: asset?.inEstate ?? false,
        internal: asset?.internal ?? true,
      };
    });
  return { hosts: movementHosts, edges, foothold, width, leftOut: count.size - drawn.size };
}
