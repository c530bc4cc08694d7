import { useMemo, useState } from "react";
import { clockTime, countOf, countText, isoTime, visible } from "../../core/contracts/text-forms.ts";
import type { StreamPage, StreamPart } from "../../core/contracts/window.ts";
import { useBench } from "../bench.ts";
import { call } from "../data/client.ts";
import { useCall } from "../data/use-call.ts";
import { hexLines, octetsOf, printable } from "./octets.ts";

/** Octets asked for at once. */
const PAGE = 64 * 1024;
/** Octets kept in the window; the beginning goes where a stream is longer. */
const MOST_KEPT = 16 * PAGE;
/** Sessions of a finding that can be chosen from. */
const MOST_SESSIONS = 50;

/** Both directions of a session as text or hex, a part at a time, with search in what was read. */
export function StreamTab({ kind, id }: { kind: "finding" | "session"; id: string }) {
  const { story } = useBench();
  const uids = useMemo(() => {
    if (kind === "session") return [id];
    const records = story.findings.find((finding) => finding.id === id)?.records ?? [];
    return [...new Set(records.map((rid) => rid.slice(0, rid.lastIndexOf("."))))].filter((uid) => !uid.startsWith("P"));
  }, [kind, id, story]);
  const [chosen, setChosen] = useState(uids[0]);
  const uid = chosen !== undefined && uids.includes(chosen) ? chosen : uids[0];
  if (uid === undefined) return <p className="quiet">Its records belong to no connection, so there is no stream.</p>;
  return (
    <>
      {uids.length > 1 && (
        <label className="pick-line">
          Session{" "}
          <select value={uid} onChange={(event) => setChosen(event.target.value)}>
            {uids.slice(0, MOST_SESSIONS).map((each, i) => (
              <option key={each} value={each}>
                {i + 1} of {uids.length}: {each}
              </option>
            ))}
          </select>
        </label>
      )}
      <Stream key={uid} uid={uid} />
    </>
  );
}

function Stream({ uid }: { uid: string }) {
  const first = useCall("stream.page", { session: uid, first: 0, count: PAGE });
  if (first.state === "loading") return <p className="quiet">Putting the stream together from its packets…</p>;
  if (first.state === "failed") return <p className="problem">{visible(first.message)}</p>;
  return <StreamText uid={uid} begin={first.value} />;
}

function StreamText({ uid, begin }: { uid: string; begin: StreamPage }) {
  const [parts, setParts] = useState(begin.parts);
  const [more, setMore] = useState(begin.more);
  const [state, setState] = useState<"ready" | "reading" | { readonly failed: string }>("ready");
  const [form, setForm] = useState<"text" | "hex">("text");
  const [side, setSide] = useState<"both" | "originator" | "responder">("both");
  const [wanted, setWanted] = useState("");
  const [at, setAt] = useState(0);
  const shown = useMemo(
    () =>
      parts
        .filter(({ fromOriginator }) => side === "both" || fromOriginator === (side === "originator"))
        .map((part) => ({ part, text: textOf(part, form) })),
    [parts, side, form],
  );
  const hits = useMemo(
    () =>
      hitsIn(
        shown.map(({ text }) => text),
        wanted,
      ),
    [shown, wanted],
  );
  const octets = parts.reduce(
    (sum, { base64 }) => sum + (base64 === null ? 0 : Math.floor((base64.length * 3) / 4)),
    0,
  );
  const readMore = () => {
    const last = parts.at(-1);
    const next = last === undefined ? 0 : last.at + (last.base64 === null ? 0 : octetsOf(last.base64).length);
    setState("reading");
    void call("stream.page", { session: uid, first: next, count: PAGE }).then((result) => {
      setState(result.ok ? "ready" : { failed: result.error.message });
      if (!result.ok) return;
      setParts(bounded([...parts, ...result.value.parts]));
      setMore(result.value.more);
    });
  };
  const show = (index: number) => {
    const next = (index + hits.total) % Math.max(1, hits.total);
    setAt(next);
    requestAnimationFrame(() => document.getElementById(`hit-${next}`)?.scrollIntoView({ block: "center" }));
  };
  let number = 0;
  return (
    <>
      <p className="ends mono">
        <span className="originator">{visible(begin.originator)}</span> ⇄{" "}
        <span className="responder">{visible(begin.responder)}</span> {begin.proto}
      </p>
      <div className="tools">
        <span className="switch" role="group" aria-label="Form">
          {(["text", "hex"] as const).map((name) => (
            <button key={name} aria-pressed={form === name} onClick={() => setForm(name)}>
              {name}
            </button>
          ))}
        </span>
        <select aria-label="Direction" value={side} onChange={(event) => setSide(event.target.value as typeof side)}>
          <option value="both">both directions</option>
          <option value="originator">from originator</option>
          <option value="responder">from responder</option>
        </select>
        <input
          type="search"
          aria-label="Search in the stream"
          placeholder={form === "hex" ? "search, e.g. fe 53 4d 42" : "search"}
          value={wanted}
          onChange={(event) => {
            setWanted(event.target.value);
            setAt(0);
          }}
          onKeyDown={(event) => event.key === "Enter" && hits.total > 0 && show(at + (event.shiftKey ? -1 : 1))}
        />
        {wanted !== "" && (
          <span role="status">
            {hits.total === 0 ? "not found" : `${at + 1} of ${hits.total}`}
            {more && " so far"}
          </span>
        )}
      </div>
      {shown.length === 0 && (
        <p className="quiet">No payload was captured{side === "both" ? "" : " in this direction"}.</p>
      )}
      <div className="stream">
        {shown.map(({ part, text }, i) => {
          const pieces = cut(text, hits.places[i] ?? []);
          return (
            <div key={`${part.at} ${i}`} className={part.fromOriginator ? "piece originator" : "piece responder"}>
              <p className="when mono" title={isoTime(part.ts)}>
                {part.fromOriginator ? "→" : "←"} {clockTime(part.ts, 6)}
              </p>
              {part.base64 === null ? (
                <p className="lost">{countOf(part.lost, "octet")} not captured</p>
              ) : (
                <pre className="mono">
                  {pieces.map(({ isHit, text: piece }, k) =>
                    isHit ? (
                      <mark key={k} id={`hit-${number}`} className={number++ === at ? "hit current" : "hit"}>
                        {piece}
                      </mark>
                    ) : (
                      piece
                    ),
                  )}
                </pre>
              )}
            </div>
          );
        })}
      </div>
      <p className="quiet">
        {countText(octets)} octets shown
        {parts[0] !== undefined && parts[0].at > 0 && `, from octet ${countText(parts[0].at)} on`}
        {more ? "; the stream goes on." : "; this is its end."}
      </p>
      {more && (
        <button disabled={state === "reading"} onClick={readMore}>
          {state === "reading" ? "Reading…" : `Next ${PAGE / 1024} KiB`}
        </button>
      )}
      {typeof state === "object" && <p className="problem">{visible(state.failed)}</p>}
    </>
  );
}

function textOf({ base64, at }: StreamPart, form: "text" | "hex"): string {
  if (base64 === null) return "";
  const octets = octetsOf(base64);
  return form === "hex" ? hexLines(octets, at, 8) : printable(octets);
}

/** The last parts of a stream that together stay within the bound. */
function bounded(parts: readonly StreamPart[]): readonly StreamPart[] {
  let kept = 0;
  for (let i = parts.length - 1; i >= 0; i--) {
    kept += parts[i]!.base64?.length ?? 0;
    if (kept > MOST_KEPT) return parts.slice(i + 1);
  }
  return parts;
}

const MOST_HITS = 2000;

/** Where a text is found, capitals or not, in each of several texts. */
function hitsIn(
  texts: readonly string[],
  wanted: string,
): { total: number; places: readonly (readonly [number, number])[][] } {
  const lower = wanted.toLowerCase();
  let total = 0;
  const places = texts.map((text) => {
    const found: [number, number][] = [];
    if (lower === "") return found;
    const within = text.toLowerCase();
    for (let at = within.indexOf(lower); at >= 0 && total < MOST_HITS; at = within.indexOf(lower, at + lower.length)) {
      found.push([at, at + lower.length]);
      total++;
    }
    return found;
  });
  return { total, places };
}

function cut(text: string, places: readonly (readonly [number, number])[]): { isHit: boolean; text: string }[] {
  const pieces = [];
  let from = 0;
  for (const [a, b] of places) {
    if (a > from) pieces.push({ isHit: false, text: text.slice(from, a) });
    pieces.push({ isHit: true, text: text.slice(a, b) });
    from = b;
  }
  if (from < text.length) pieces.push({ isHit: false, text: text.slice(from) });
  return pieces;
}
