import type { ExportModel } from "./export.ts";

/** A host outside the site that findings name. */
export interface Indicator {
  readonly address: string;
  /** ns since 1970 UTC, of the first finding that names it. */
  readonly first: string;
  readonly last: string;
  /** Whether it acted itself in one of them. */
  readonly acted: boolean;
  /** The findings, by id. */
  readonly findings: readonly string[];
  readonly why: string;
}

/** IP addresses outside the site in the findings, in order of address. Those inside tell another site nothing. */
export function indicators({ findings, report }: ExportModel): Indicator[] {
  const outside = new Set(report.story.estate.assets.filter(({ internal }) => !internal).map(({ address }) => address));
  const found = new Map<string, Indicator>();
  for (const finding of findings) {
    for (const address of [finding.source, finding.target]) {
      if (address === null || !outside.has(address) || !/^[0-9a-f.:]+$/i.test(address)) continue;
      const known = found.get(address);
      const ids = [...(known?.findings ?? []), finding.id];
      found.set(address, {
        address,
        first: known?.first ?? finding.tsFirst,
        last: later(known?.last, finding.tsLast),
        acted: known?.acted === true || finding.source === address,
        findings: ids,
        why: `${known === undefined ? "" : `${known.why} `}${finding.id}: ${finding.title}.`,
      });
    }
  }
  return [...found.values()].sort((a, b) => (a.address < b.address ? -1 : 1));
}

function later(known: string | undefined, ts: string): string {
  return known !== undefined && BigInt(known) > BigInt(ts) ? known : ts;
}
