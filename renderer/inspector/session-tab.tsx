import { visible } from "../../core/contracts/text-forms.ts";
import { useBench } from "../bench.ts";
import { withCondition } from "../data/conditions.ts";
import { useCall } from "../data/use-call.ts";
import { Wire, wireText } from "../wire.tsx";
import { HostLink } from "./host-link.tsx";
import { Fact } from "./why-tab.tsx";

/** What is known of a session: its conn record in words, and the findings that rest on it. */
export function SessionTab({ uid }: { uid: string }) {
  const { story, narrow, narrowing, select } = useBench();
  const groups = useCall("records.of", { kind: "session", id: uid });
  if (groups.state === "loading") return <p className="quiet">Reading its records…</p>;
  if (groups.state === "failed") return <p className="problem">{visible(groups.message)}</p>;
  const conn = groups.value.find(({ table }) => table === "conn")?.page;
  const findings = story.findings.filter(({ records }) => records.some((rid) => rid.startsWith(`${uid}.`)));
  if (conn?.rows[0] === undefined) return <p className="quiet">The case has no connection {visible(uid)}.</p>;
  const cells = new Map(conn.columns.map(({ name }, i) => [name, conn.rows[0]![i]!]));
  return (
    <>
      <p className="group-line">
        <HostLink address={cells.get("id.orig_h") ?? ""} /> → <HostLink address={cells.get("id.resp_h") ?? ""} />
      </p>
      <button onClick={() => narrow({ filter: withCondition(narrowing.filter, `uid == "${uid}"`) })}>
        Only this session
      </button>
      <dl className="facts">
        {conn.columns
          .filter(({ name }) => (cells.get(name) ?? "") !== "")
          .map(({ name, text }) => (
            <Fact key={name} term={name}>
              <span className="mono" title={text}>
                <Wire text={cells.get(name)!} most={400} />
              </span>
            </Fact>
          ))}
      </dl>
      {findings.length > 0 && (
        <>
          <h3>Findings that rest on it</h3>
          <ul className="plain-list">
            {findings.map(({ id, title, phase }) => (
              <li key={id} className={`phase-${phase}`}>
                <button className="link" onClick={() => select({ kind: "finding", id })}>
                  {wireText(title)}
                </button>
              </li>
            ))}
          </ul>
        </>
      )}
    </>
  );
}
