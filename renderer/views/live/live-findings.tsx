import { useEffect, useRef, useState } from "react";
import type { Finding } from "../../../core/contracts/finding.ts";
import { countText, dateTime } from "../../../core/contracts/text-forms.ts";
import { useBench } from "../../bench.ts";
import { useCall } from "../../data/use-call.ts";
import { PhaseMark } from "../../frame/phase-mark.tsx";
import { Wire } from "../../wire.tsx";

/** Most that are listed; Story has all. */
const MOST = 50;
/** The case is read again so often at most. */
const REREAD_MS = 5000;

/** Findings, the latest first; those that came while the view was open are marked. */
export function LiveFindings({ news, isRunning }: { news: string; isRunning: boolean }) {
  const { story, place, select, go, reload } = useBench();
  const state = useAtMost(news, REREAD_MS);
  const loaded = useCall("case.view", {}, state);
  const findings = loaded.state === "ready" ? loaded.value.story.findings : null;
  const known = useRef<ReadonlySet<string> | null>(null);
  if (known.current === null && findings !== null) known.current = new Set(findings.map(({ id }) => id));
  // The other views and the Inspector show the case as it was when it was read.
  const isBehind = findings !== null && findings.length !== story.findings.length;
  useEffect(() => {
    if (isBehind) reload();
    // Once for what came, not whenever the window is drawn.
  }, [isBehind, findings?.length]);
  if (findings === null) return null;
  const latest = findings.toSorted(byTime).slice(0, MOST);
  return (
    <section>
      <h2>Findings, the latest first</h2>
      {latest.length === 0 && <p className="quiet">{isRunning ? "Nothing was found so far." : "Nothing was found."}</p>}
      <ol className="arrivals">
        {latest.map((finding) => (
          <li key={finding.id} className={known.current?.has(finding.id) === false ? "new" : ""}>
            <button
              aria-current={place.pick?.id === finding.id}
              onClick={() => select({ kind: "finding", id: finding.id }, "Why")}
            >
              <time className="mono" title={`Since ${dateTime(finding.tsFirst)} UTC`}>
                {dateTime(finding.tsLast)}
              </time>
              <PhaseMark phase={finding.phase} size={16} />
              <span className="severity">{finding.severity}</span>
              <span className="text">
                <Wire text={finding.explanation} most={400} />
              </span>
            </button>
          </li>
        ))}
      </ol>
      {findings.length > MOST && (
        <p className="quiet">
          The latest {MOST} of {countText(findings.length)};{" "}
          <button className="link" onClick={() => go({ view: "Story" })}>
            Story
          </button>{" "}
          has all.
        </p>
      )}
    </section>
  );
}

function byTime(a: Finding, b: Finding): number {
  const [first, second] = [BigInt(a.tsLast), BigInt(b.tsLast)];
  return first < second ? 1 : first > second ? -1 : 0;
}

/** The value, taken over at most every so many ms. */
function useAtMost(value: string, ms: number): string {
  const [taken, setTaken] = useState(value);
  const last = useRef(0);
  useEffect(() => {
    if (value === taken) return;
    const timer = setTimeout(
      () => {
        last.current = performance.now();
        setTaken(value);
      },
      Math.max(0, last.current + ms - performance.now()),
    );
    return () => clearTimeout(timer);
  }, [value, taken, ms]);
  return taken;
}
