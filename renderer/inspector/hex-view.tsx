import type { MouseEvent } from "react";
import { useState } from "react";
import type { FieldNode } from "../../core/contracts/window.ts";
import { letterOf } from "./octets.ts";

const WIDTH = 16;
/** Lines drawn before the rest is asked for. */
const LINES = 128;

interface Props {
  readonly octets: Uint8Array;
  readonly marked: FieldNode | null;
  readonly fields: readonly FieldNode[];
  readonly onMark: (field: FieldNode) => void;
}

/** Octets as hex and letters; those of the marked field stand out, and a press on one marks the field it belongs to. */
export function HexView({ octets, marked, fields, onMark }: Props) {
  const [all, setAll] = useState(false);
  const lines = Math.ceil(octets.length / WIDTH);
  const shown = all ? lines : Math.min(lines, LINES);
  const isMarked = (at: number) => marked !== null && at >= marked.from && at < marked.to;
  const onPress = (event: MouseEvent) => {
    const at = (event.target as HTMLElement).getAttribute("data-at");
    const field = at === null ? null : fieldAt(fields, Number(at));
    if (field !== null) onMark(field);
  };
  return (
    <>
      <div className="hex mono" role="region" aria-label="Octets" tabIndex={0} onClick={onPress}>
        {Array.from({ length: shown }, (_, line) => {
          const from = line * WIDTH;
          const row = [...octets.subarray(from, from + WIDTH)];
          return (
            <div key={line}>
              <span className="offset">{from.toString(16).padStart(4, "0")}</span>
              <span className="octets">
                {row.map((octet, i) => (
                  <span key={i} data-at={from + i} className={isMarked(from + i) ? "on" : undefined}>
                    {octet.toString(16).padStart(2, "0")}
                  </span>
                ))}
              </span>
              <span className="letters">
                {row.map((octet, i) => (
                  <span key={i} data-at={from + i} className={isMarked(from + i) ? "on" : undefined}>
                    {letterOf(octet)}
                  </span>
                ))}
              </span>
            </div>
          );
        })}
      </div>
      {shown < lines && <button onClick={() => setAll(true)}>All {octets.length} octets</button>}
    </>
  );
}

/** The smallest field that an octet belongs to. */
function fieldAt(fields: readonly FieldNode[], at: number): FieldNode | null {
  const field = fields.find(({ from, to }) => at >= from && at < to);
  return field === undefined ? null : (fieldAt(field.children, at) ?? field);
}
