/** Step numbers in order, neighbours joined: [1, 2, 3, 7] is "1–3, 7". */
export function stepRanges(steps: readonly number[]): string {
  return runs(steps).map(runText).join(", ");
}

/** `stepRanges`, or its beginning and how many steps more where there are more than `most` pieces. */
export function shortStepRanges(steps: readonly number[], most: number): string {
  const all = runs(steps);
  if (all.length <= most) return all.map(runText).join(", ");
  const left = all.slice(most - 1).reduce((sum, [from, to]) => sum + to - from + 1, 0);
  return `${all
    .slice(0, most - 1)
    .map(runText)
    .join(", ")} +${left}`;
}

function runs(steps: readonly number[]): [from: number, to: number][] {
  const found: [number, number][] = [];
  for (const step of [...new Set(steps)].sort((a, b) => a - b)) {
    const last = found.at(-1);
    if (last !== undefined && step === last[1] + 1) last[1] = step;
    else found.push([step, step]);
  }
  return found;
}

function runText([from, to]: readonly [number, number]): string {
  return from === to ? String(from) : to === from + 1 ? `${from}, ${to}` : `${from}\u2013${to}`;
}
