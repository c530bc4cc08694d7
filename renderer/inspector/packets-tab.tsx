import { useState } from "react";
import { clockTime, countText, dateTime, isoTime, visible } from "../../core/contracts/text-forms.ts";
import type { FieldNode, PacketLine } from "../../core/contracts/window.ts";
import { useBench } from "../bench.ts";
import { shell } from "../data/client.ts";
import { openInWireshark, savePackets } from "../data/packet-files.ts";
import { useCall } from "../data/use-call.ts";
import { Wire } from "../wire.tsx";
import { FieldTree } from "./field-tree.tsx";
import { HexView } from "./hex-view.tsx";
import { octetsOf } from "./octets.ts";

const PAGE = 100;

/** The packets of a finding's records or of a session: list, fields, octets; a field marks its octets and the other way round. */
export function PacketsTab({ kind, id }: { kind: "finding" | "session"; id: string }) {
  const [first, setFirst] = useState(0);
  const [whole, setWhole] = useState(false);
  const [chosen, setChosen] = useState<PacketLine | null>(null);
  const { say } = useBench();
  const page = useCall("packets.page", { subject: { kind, id }, whole, first, count: PAGE });
  if (page.state === "loading") return <p className="quiet">Finding the packets in the evidence…</p>;
  if (page.state === "failed") return <p className="problem">{visible(page.message)}</p>;
  const turnTo = (next: number) => {
    setFirst(next);
    setChosen(null);
  };
  const { packets, total } = page.value;
  const shown = chosen ?? packets[0] ?? null;
  const index = packets.findIndex(({ capture, frame }) => capture === shown?.capture && frame === shown.frame);
  return (
    <div className="packets">
      <div className="tools">
        <span role="status">
          {total === 0
            ? "no packets"
            : `${countText(first + 1)} to ${countText(first + packets.length)} of ${countText(total)}`}
        </span>
        {kind === "finding" && (
          <label>
            <input
              type="checkbox"
              checked={whole}
              onChange={(event) => {
                setWhole(event.target.checked);
                turnTo(0);
              }}
            />{" "}
            whole sessions
          </label>
        )}
        <span className="spacer" />
        {shell !== null && (
          <button
            title="Opens exactly these packets in Wireshark"
            onClick={() => void openInWireshark({ kind, id }, whole).then((text) => say(visible(text)))}
          >
            Wireshark
          </button>
        )}
        <button
          title="Writes exactly these packets as pcapng, and journals that"
          onClick={() => void savePackets({ kind, id }, whole).then((text) => say(visible(text)))}
        >
          {shell === null ? "Download" : "Save…"}
        </button>
        <button disabled={first === 0} onClick={() => turnTo(Math.max(0, first - PAGE))}>
          ‹ Earlier
        </button>
        <button disabled={first + PAGE >= total} onClick={() => turnTo(first + PAGE)}>
          Later ›
        </button>
      </div>
      <div
        className={page.isOld ? "packet-list old" : "packet-list"}
        role="listbox"
        aria-label="Packets"
        tabIndex={0}
        aria-activedescendant={index >= 0 ? `packet-${index}` : undefined}
        onKeyDown={(event) => {
          const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10 }[event.key];
          if (step === undefined) return;
          event.preventDefault();
          const next = Math.max(0, Math.min(packets.length - 1, index + step));
          setChosen(packets[next] ?? null);
          document.getElementById(`packet-${next}`)?.scrollIntoView({ block: "nearest" });
        }}
      >
        {packets.map((packet, i) => (
          <div
            key={`${packet.capture}:${packet.frame}`}
            id={`packet-${i}`}
            role="option"
            aria-selected={i === index}
            className="packet"
            title={`${isoTime(packet.ts)}\n${packet.source} → ${packet.destination}\n${packet.info}`}
            onClick={() => setChosen(packet)}
          >
            <span className="mono number">{packet.frame}</span>
            <span className="mono">{clockTime(packet.ts, 6)}</span>
            <span className="mono ends-short">
              {visible(packet.source)} → {visible(packet.destination)}
            </span>
            <span>{packet.protocol}</span>
            <span className="mono n">{packet.wireLength}</span>
            <span className="mono info">{visible(packet.info)}</span>
          </div>
        ))}
      </div>
      {shown !== null && <Packet key={`${shown.capture}:${shown.frame}`} packet={shown} />}
    </div>
  );
}

function Packet({ packet: { capture, frame, ts } }: { packet: PacketLine }) {
  const [marked, setMarked] = useState<FieldNode | null>(null);
  const [asked, setAsked] = useState(false);
  const view = useCall("packet.view", { capture, frame });
  const other = useCall("packet.other", asked ? { capture, frame } : null);
  if (view.state === "loading") return <p className="quiet">Reading frame {frame}…</p>;
  if (view.state === "failed") return <p className="problem">{visible(view.message)}</p>;
  const { fields, base64, wireLength, linkType } = view.value;
  const octets = octetsOf(base64);
  return (
    <section aria-label={`Frame ${frame}`} className="packet-detail">
      <h3>
        Frame {frame} of capture {capture}
      </h3>
      <p className="quiet">
        {dateTime(ts, 9)} UTC · {countText(octets.length)} of {countText(wireLength)} octets captured · {linkType}
      </p>
      <div className="trees">
        <FieldTree fields={fields} marked={marked} onMark={setMarked} label="Fields" />
        {asked &&
          (other.state === "ready" ? (
            <div>
              {other.value.fields.length > 0 && (
                <FieldTree
                  fields={other.value.fields}
                  marked={marked}
                  onMark={setMarked}
                  label="Fields as tshark reads them"
                />
              )}
              <p className="quiet">
                <Wire text={other.value.note} />
              </p>
            </div>
          ) : (
            <p className="quiet">{other.state === "failed" ? visible(other.message) : "Asking tshark…"}</p>
          ))}
      </div>
      {!asked && <button onClick={() => setAsked(true)}>Also as tshark reads it</button>}
      <HexView octets={octets} marked={marked} fields={fields} onMark={setMarked} />
    </section>
  );
}
