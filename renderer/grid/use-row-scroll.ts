import { useEffect, useRef, useState } from "react";

export const ROW = 24;
export const HEAD = 28;
/** Browsers cannot scroll as far as millions of rows reach: beyond this many pixels the scroll bar stands for a share of the rows. */
const TALLEST = 12_000_000;

/** Where a grid of any number of rows is scrolled to. */
interface RowScroll {
  readonly scroller: React.RefObject<HTMLDivElement | null>;
  /** Pixels that the rows take, with the scroll bar's share of them where they are too many. */
  readonly tall: number;
  /** Rows that fit into sight, and the first of them. */
  readonly seen: number;
  readonly first: number;
  /** Pixel at which a row stands. */
  readonly y: (row: number) => number;
  readonly onScroll: () => void;
  /** Brings a row into sight. */
  readonly show: (row: number) => void;
  readonly toBegin: () => void;
}

/** Scrolling over rows: the bar goes over all of them, the wheel moves by rows however many there are. */
export function useRowScroll(total: number, viewport: number): RowScroll {
  const scroller = useRef<HTMLDivElement>(null);
  /** `row` is exact where a pixel of the bar stands for many rows. */
  const [at, setAt] = useState<{ readonly top: number; readonly row: number | null }>({ top: 0, row: null });
  const seen = Math.max(1, Math.ceil((viewport - HEAD) / ROW));
  const tall = Math.min(total * ROW, TALLEST);
  const isScaled = total * ROW > TALLEST;
  const room = Math.max(1, tall + HEAD - viewport);
  const last = Math.max(0, total - seen + 1);
  const row = !isScaled ? at.top / ROW : (at.row ?? (at.top / room) * last);
  const first = Math.min(last, Math.floor(row));
  const move = (wanted: number) => {
    const node = scroller.current;
    if (node === null) return;
    const next = Math.max(0, Math.min(last, wanted));
    node.scrollTop = isScaled ? (next / Math.max(1, last)) * room : next * ROW;
    setAt({ top: node.scrollTop, row: isScaled ? next : null });
  };
  const onWheel = (event: WheelEvent) => {
    if (!isScaled || event.ctrlKey || event.deltaY === 0) return;
    event.preventDefault();
    move(row + (event.deltaMode === WheelEvent.DOM_DELTA_LINE ? event.deltaY : event.deltaY / ROW));
  };
  const wheel = useRef(onWheel);
  wheel.current = onWheel;
  useEffect(() => {
    const node = scroller.current;
    // React listens to wheels passively; the bar must not move by pixels here.
    const listen = (event: WheelEvent) => wheel.current(event);
    node?.addEventListener("wheel", listen, { passive: false });
    return () => node?.removeEventListener("wheel", listen);
  });
  return {
    scroller,
    tall,
    seen,
    first,
    y: (of) => (isScaled ? at.top + (of - first) * ROW : of * ROW),
    onScroll: () => {
      const top = scroller.current?.scrollTop ?? 0;
      setAt((before) => (before.row !== null && Math.abs(before.top - top) < 1 ? before : { top, row: null }));
    },
    show: (of) => {
      const whole = Math.max(1, Math.floor((viewport - HEAD) / ROW));
      if (of < row) move(of);
      else if (of + 1 > row + whole) move(of + 1 - whole);
    },
    toBegin: () => {
      if (scroller.current !== null) scroller.current.scrollTop = 0;
      setAt({ top: 0, row: null });
    },
  };
}
