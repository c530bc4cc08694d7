import { useState } from "react";
import type { TamperAct } from "../../../core/contracts/story.ts";
import { countText, dateTime, octetsText, visible } from "../../../core/contracts/text-forms.ts";
import { useBench } from "../../bench.ts";
import { DataTable } from "../../frame/data-table.tsx";
import { Message } from "../../frame/message.tsx";
import { usePivots } from "../../frame/pivots.ts";
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
  const { story, select, place, matches } = useBench();
  const pivot = usePivots();
  const { ledger } = story;
  if (ledger === undefined || (ledger.acts.length === 0 && ledger.repositories.length === 0))
    return (
      <Message
        title="Nothing was done to the backups"
        text="No incident touched an archive, as far as this evidence shows. Archives lists the operations of every day."
      />
    );
  const left = matches.state === "ready" ? new Set(matches.value.acts) : null;
  const acts = left === null ? ledger.acts : ledger.acts.filter(({ records: [first = ""] }) => left.has(first));
  const uidOf = ({ records: [first = ""] }: TamperAct) => first.slice(0, Math.max(0, first.lastIndexOf(".")));
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
      <DataTable
        label="Acts on backups"
        rows={acts}
        keyOf={(_, at) => String(at)}
        rowClass={(act) =>
          place.pick !== null && [uidOf(act), act.source, act.target].includes(place.pick.id) ? "picked" : undefined
        }
        onMenu={(event, act) => uidOf(act) !== "" && pivot(event, { kind: "session", id: uidOf(act) })}
        columns={[
          { head: "Time (UTC)", isMono: true, cell: ({ tsFirst }) => dateTime(tsFirst, 3) },
          {
            head: "Operation",
            cell: ({ operation, count }) => (
              <>
                <b>{operation}</b>
                {count > 1 && ` ×${countText(count)}`}
              </>
            ),
          },
          { head: "Outcome", cell: ({ outcome }) => outcome },
          { head: "From", cell: ({ source }) => source !== null && <HostLink address={source} short /> },
          { head: "On", cell: ({ target }) => target !== null && <HostLink address={target} short /> },
          { head: "Account", cell: ({ user }) => user !== null && <Wire text={user} most={80} /> },
          {
            head: "Object",
            isMono: true,
            cell: ({ object, newObject }) => (
              <>
                <Wire text={object} most={200} />
                {newObject !== null && (
                  <>
                    {" → "}
                    <Wire text={newObject} most={200} />
                  </>
                )}
              </>
            ),
          },
          { head: "Written", isNumber: true, cell: ({ octets }) => (octets === null ? "" : octetsText(octets)) },
          {
            head: "Stream",
            cell: (act) =>
              uidOf(act) !== "" &&
              !uidOf(act).startsWith("P") && (
                <button className="link" onClick={() => select({ kind: "session", id: uidOf(act) }, "Records")}>
                  session
                </button>
              ),
          },
        ]}
      />
      {ledger.more > 0 && (
        <p className="quiet">{countText(ledger.more)} more acts are in the records; Archives has them.</p>
      )}
      {acts.length < ledger.acts.length && (
        <p className="quiet">
          {countText(ledger.acts.length - acts.length)} acts are outside of filter and time range.
        </p>
      )}
    </div>
  );
}
