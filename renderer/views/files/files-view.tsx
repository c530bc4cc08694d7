import { useState } from "react";
import { countText, dateTime, octetsText, visible } from "../../../core/contracts/text-forms.ts";
import { useBench } from "../../bench.ts";
import { Message } from "../../frame/message.tsx";
import { RecordGrid } from "../../grid/record-grid.tsx";
import { HostLink } from "../../inspector/host-link.tsx";
import { Wire } from "../../wire.tsx";

const PARTS = ["Tampering", "Archives", "Files"] as const;
type Part = (typeof PARTS)[number];

/** Were the archives touched: what incidents did to them, every operation on an archive, every file that was carried. */
export function FilesView() {
  const { view, story } = useBench();
  const [part, setPart] = useState<Part>(
    story.ledger !== undefined && story.ledger.acts.length > 0 ? "Tampering" : "Archives",
  );
  const has = (table: string) => view.tables.some(({ name }) => name === table);
  return (
    <div className="sessions">
      <div className="types">
        <span className="switch" role="group" aria-label="What is listed">
          {PARTS.map((name) => (
            <button key={name} aria-pressed={part === name} onClick={() => setPart(name)}>
              {name}
            </button>
          ))}
        </span>
        <span className="quiet">{ABOUT[part]}</span>
      </div>
      {part === "Tampering" && <Tampering />}
      {part === "Archives" &&
        (has("archive_op") ? (
          <RecordGrid table="archive_op" />
        ) : (
          <Message
            title="No archive was touched"
            text="No operation on a backup archive was seen in clear: by name, by a backup product or by an object store. Sealed traffic hides them; Evidence says how much was sealed."
          />
        ))}
      {part === "Files" &&
        (has("files") ? (
          <RecordGrid table="files" />
        ) : (
          <Message
            title="No file was carried in clear"
            text="No dissector saw a file go by whose octets or name could be read."
          />
        ))}
    </div>
  );
}

const ABOUT: Readonly<Record<Part, string>> = {
  Tampering: "What incidents did to backups, object by object",
  Archives: "Every operation on a backup archive: read, write, rename, delete, truncate, retention",
  Files: "Files that were carried, with their type, size and hashes",
};

function Tampering() {
  const { story, narrowing, select, place } = useBench();
  const { ledger } = story;
  if (ledger === undefined || (ledger.acts.length === 0 && ledger.repositories.length === 0))
    return (
      <Message
        title="Nothing was done to the backups"
        text="No incident touched an archive, as far as this evidence shows. Archives lists the operations of every day."
      />
    );
  const acts = ledger.acts.filter(
    ({ tsFirst, tsLast }) =>
      (narrowing.from === null || BigInt(tsLast) >= BigInt(narrowing.from)) &&
      (narrowing.to === null || BigInt(tsFirst) <= BigInt(narrowing.to)),
  );
  return (
    <div className="page wide scrolls">
      {ledger.repositories.map((state) => (
        <section key={state.address} className="store">
          <p>
            <HostLink address={state.address} /> was untouched until{" "}
            <b className="mono">{dateTime(state.untouchedUntil)}</b> UTC
            {state.touched === null ? " (the end of the evidence)" : ": "}
            {state.touched !== null && (
              <button className="link" onClick={() => select({ kind: "finding", id: state.touched!.finding })}>
                {visible(state.touched.what)}
              </button>
            )}
            .{" "}
            {state.lastBackup !== null && (
              <>
                Last backup written before:{" "}
                <span className="mono">
                  <Wire text={state.lastBackup.object} most={120} />
                </span>{" "}
                at {dateTime(state.lastBackup.ts)}.
              </>
            )}
          </p>
          {state.caveats.map((caveat) => (
            <p key={caveat} className="quiet">
              {visible(caveat)}
            </p>
          ))}
        </section>
      ))}
      <div className="scroll" tabIndex={0} role="region" aria-label="Acts on backups">
        <table>
          <thead>
            <tr>
              <th scope="col">Time (UTC)</th>
              <th scope="col">Operation</th>
              <th scope="col">Outcome</th>
              <th scope="col">From</th>
              <th scope="col">On</th>
              <th scope="col">Account</th>
              <th scope="col">Object</th>
              <th scope="col" className="n">
                Written
              </th>
              <th scope="col">Stream</th>
            </tr>
          </thead>
          <tbody>
            {acts.map((act, i) => {
              const uid = act.records[0]?.slice(0, act.records[0].lastIndexOf(".")) ?? "";
              const isPicked =
                place.pick !== null &&
                (place.pick.id === uid || place.pick.id === act.source || place.pick.id === act.target);
              return (
                <tr key={i} className={isPicked ? "picked" : undefined}>
                  <td className="mono">{dateTime(act.tsFirst, 3)}</td>
                  <td>
                    <b>{act.operation}</b>
                    {act.count > 1 && ` ×${countText(act.count)}`}
                  </td>
                  <td>{act.outcome}</td>
                  <td>{act.source !== null && <HostLink address={act.source} short />}</td>
                  <td>{act.target !== null && <HostLink address={act.target} short />}</td>
                  <td>{act.user !== null && <Wire text={act.user} most={80} />}</td>
                  <td className="mono">
                    <Wire text={act.object} most={200} />
                    {act.newObject !== null && (
                      <>
                        {" → "}
                        <Wire text={act.newObject} most={200} />
                      </>
                    )}
                  </td>
                  <td className="n">{act.octets === null ? "" : octetsText(act.octets)}</td>
                  <td>
                    {uid !== "" && !uid.startsWith("P") && (
                      <button className="link" onClick={() => select({ kind: "session", id: uid }, "Records")}>
                        session
                      </button>
                    )}
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
      {ledger.more > 0 && (
        <p className="quiet">{countText(ledger.more)} more acts are in the records; Archives has them.</p>
      )}
      {acts.length < ledger.acts.length && (
        <p className="quiet">{countText(ledger.acts.length - acts.length)} acts lie outside the time range.</p>
      )}
    </div>
  );
}
