/** A line over time and the spans in which something was lost, in pixels. */
export interface Sparkline {
  /** Path of the line, "" without values. */
  readonly line: string;
  /** Path of the area under it. */
  readonly area: string;
  /** Where marked values lie: left edge and width. */
  readonly marks: readonly { readonly x: number; readonly width: number }[];
  readonly most: number;
}

/**
 * Lays out values of equal distance, the newest at the right edge.
 * @param slots Values that the width has room for; fewer leave the left empty.
 * @param marked Beside each value: above 0 where something is to be marked.
 * @param least The scale reaches at least so far, so that little does not look like much.
 */
export function sparkline(
  values: readonly number[],
  marked: readonly number[],
  { width, height, slots, least }: { width: number; height: number; slots: number; least: number },
): Sparkline {
  const shown = values.slice(-slots);
  const marks = marked.slice(-slots);
  const most = Math.max(least, ...shown);
  const step = width / Math.max(1, slots - 1);
  const x = (at: number) => round(width - (shown.length - 1 - at) * step);
  const y = (value: number) => round(height - (height * value) / most);
  const points = shown.map((value, at) => `${x(at)} ${y(value)}`);
  const line = points.length === 0 ? "" : `M${points.join("L")}`;
  return {
    line,
    area: points.length === 0 ? "" : `${line}L${round(width)} ${height}L${x(0)} ${height}Z`,
    marks: marks.flatMap((value, at) =>
      value > 0 ? [{ x: x(at + shown.length - marks.length), width: Math.max(1, step) }] : [],
    ),
    most,
  };
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
