import { useEffect, useState } from "react";
import type { Narrowing, SessionLane } from "../../../core/contracts/window.ts";
import { useCall } from "../../data/use-call.ts";
import type { Span } from "./timeline-span.ts";

/** Parts over which sessions are counted: three times what a screen shows, since as much is read on either side of it. */
const PARTS = 720;
/** How long a span stands still before sessions are asked for. */
const SETTLED_MS = 120;

/** Sessions of lanes, and the span that their counts cover evenly. */
export interface LaneSessions {
  readonly lanes: ReadonlyMap<string, SessionLane>;
  readonly from: bigint;
  readonly to: bigint;
}

const NONE: LaneSessions = { lanes: new Map(), from: 0n, to: 1n };

/**
 * Sessions of hosts around a span. What is read reaches as far again on both sides, so that panning needs nothing new; it is asked for
 * anew when the span leaves it or is of another size, and until that is there what is known stays.
 * @param hosts Null for none.
 */
export function useLaneSessions(
  hosts: readonly string[] | null,
  filter: Narrowing["filter"],
  span: Span,
  version: string,
): LaneSessions {
  const settled = useSettled(span);
  const [read, setRead] = useState<Span>(() => around(settled));
  if (!isCovered(settled, read)) setRead(around(settled));
  const asked =
    hosts === null || hosts.length === 0
      ? null
      : { filter, from: read[0].toString(), to: read[1].toString(), hosts: [...hosts], parts: PARTS };
  const sessions = useCall("timeline.sessions", asked, version);
  const [known, setKnown] = useState(NONE);
  const answer = sessions.state === "ready" && !sessions.isOld && asked !== null ? sessions.value : null;
  useEffect(() => {
    if (answer === null) return;
    setKnown({ lanes: new Map(answer.map((lane) => [lane.host, lane])), from: read[0], to: read[1] });
  }, [answer]);
  return hosts === null ? NONE : known;
}

/** A value once it has stood still for a while. */
export function useSettled<T>(value: T): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), SETTLED_MS);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}

function around([from, to]: Span): Span {
  const width = to - from;
  return [from - width, to + width];
}

/** True while counts over `read` are neither cut off nor too coarse or fine for a span. */
function isCovered([from, to]: Span, [begin, end]: Span): boolean {
  const share = Number(end - begin) / Math.max(1, Number(to - from));
  return from >= begin && to <= end && share >= 1.5 && share <= 6;
}
