/** Something one host did to another, in time order. */
export interface PathEdge {
  readonly source: string;
  readonly target: string;
  /** Number of the step. */
  readonly step: number;
}

/** A way from the first host into the estate: each step later than the one before. */
export type Path = readonly PathEdge[];

/**
 * The way that arrived first and the way with fewest steps, from `start` to a host that is a goal. Each step of a way comes after
 * the one before, as an intruder has to go. Null if no way leads there.
 * @param edges In time order.
 */
export function pathsInto(
  edges: readonly PathEdge[],
  start: string,
  isGoal: (host: string) => boolean,
): { readonly earliest: Path | null; readonly shortest: Path | null } {
  // The shortest way to each host so far; going through the edges in time order keeps every way in time order.
  const best = new Map<string, Path>([[start, []]]);
  let earliest: Path | null = null;
  let shortest: Path | null = null;
  for (const edge of edges) {
    const way = best.get(edge.source);
    if (way === undefined || edge.source === edge.target) continue;
    const next = [...way, edge];
    const known = best.get(edge.target);
    if (known === undefined || next.length < known.length) best.set(edge.target, next);
    if (!isGoal(edge.target)) continue;
    earliest ??= next;
    if (shortest === null || next.length < shortest.length) shortest = next;
  }
  return { earliest, shortest };
}
