import { countOf, countText, octetsText, timeSpan } from "../../core/contracts/text-forms.ts";
import { useBench } from "../bench.ts";

/** What was analysed and how well it was seen; what was last done; the time zone. */
export function StatusLine({ said }: { said: string }) {
  const { story, view, go, narrow, place } = useBench();
  const { coverage } = story;
  const dropped = coverage.droppedPackets;
  const span =
    coverage.tsFirst !== null && coverage.tsLast !== null ? BigInt(coverage.tsLast) - BigInt(coverage.tsFirst) : null;
  return (
    <footer className="bar foot">
      <span>{countOf(coverage.packets, "packet")}</span>
      <span title={`${countText(coverage.octets)} octets on the wire`}>{octetsText(coverage.octets)}</span>
      {span !== null && <span>{timeSpan(span)}</span>}
      <span title={dropped === null ? "The recorder left no statistics of drops" : "As the recorder's statistics say"}>
        {dropped === null ? "drops unknown" : `${countText(dropped)} dropped`}
      </span>
      <button
        className="plain"
        disabled={coverage.weirds === 0}
        title="Packets and messages that no specification allows"
        onClick={() => go({ view: "Sessions", table: "weird" })}
      >
        {countText(coverage.weirds)} weird ▸
      </button>
      <span className="spacer said" role="status" aria-live="polite">
        {said}
      </span>
      {(place.from !== null || place.to !== null) && (
        <button className="plain" onClick={() => narrow({ from: null, to: null })}>
          Whole time range
        </button>
      )}
      {view.readOnly && <span>read only</span>}
      <span>
        {view.journal.ok ? `journal intact, ${countOf(view.journal.entries, "entry", "entries")}` : "journal broken"}
      </span>
      <span title="All times are UTC; intervals are seconds">UTC</span>
    </footer>
  );
}
