import { sparkline } from "../../../core/figures/sparkline.ts";

const SIZE = { width: 130, height: 26, slots: 300 };

/** The last five minutes of a value; marks stand where frames were lost. */
export function Spark({
  values,
  marked = [],
  least,
  label,
}: {
  values: readonly number[];
  marked?: readonly number[];
  least: number;
  label: string;
}) {
  const { line, area, marks } = sparkline(values, marked, { ...SIZE, least });
  return (
    <svg
      className="spark"
      width={SIZE.width}
      height={SIZE.height}
      viewBox={`0 0 ${SIZE.width} ${SIZE.height}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
    >
      <path className="area" d={area} />
      {marks.map(({ x, width }) => (
        <rect key={x} className="lost" x={x - width} y={0} width={width} height={SIZE.height} />
      ))}
      <path className="line" d={line} />
    </svg>
  );
}
