import { useState } from "react";
import { dateTime, visible } from "../../core/contracts/text-forms.ts";
import { ROLE_WORDS } from "../../core/contracts/host-names.ts";
import { useBench } from "../bench.ts";
import { withCondition } from "../data/conditions.ts";
import type { Tab } from "../data/place.ts";
import { Wire, wireText } from "../wire.tsx";
import { RoleEditor } from "./role-editor.tsx";
import { Fact } from "./why-tab.tsx";

/** What is known of a host: roles with the reasons for them, accounts, findings from it and against it. */
export function HostTab({ address, tab }: { address: string; tab: Tab }) {
  const { story, hosts, narrow, narrowing, select, go, scope } = useBench();
  const [isEditing, setEditing] = useState(false);
  const asset = hosts.asset(address);
  if (tab !== "Why")
    return (
      <>
        <p className="quiet">
          A host has {tab === "Records" ? "records" : tab === "Stream" ? "no stream" : "no packets"} of its own through
          its sessions only: narrow to it, then choose a session.
        </p>
        <button
          onClick={() => {
            narrow({ filter: withCondition(narrowing.filter, `host == ${address}`) });
            go({ view: "Sessions" });
          }}
        >
          Sessions of this host
        </button>
      </>
    );
  const findings = story.findings.filter(({ source, target }) => source === address || target === address);
  return (
    <>
      <p className="group-line">
        <button onClick={() => narrow({ filter: withCondition(narrowing.filter, `host == ${address}`) })}>
          Only this host
        </button>{" "}
        <button onClick={() => narrow({ filter: withCondition(narrowing.filter, `not host == ${address}`) })}>
          Not this host
        </button>
      </p>
      <dl className="facts">
        <Fact term="Address">
          <span className="mono">{visible(address)}</span>
        </Fact>
        {typeof asset?.name === "string" && (
          <Fact term="Name">
            <Wire text={asset.name} />
          </Fact>
        )}
        <Fact term="Place">
          {asset === undefined ? "not known" : asset.inEstate ? "backup estate" : asset.internal ? "inside" : "outside"}
        </Fact>
      </dl>
      <h3>Roles</h3>
      {isEditing ? (
        <RoleEditor key={address} address={address} onDone={() => setEditing(false)} />
      ) : (
        <p className="group-line">
          <button onClick={() => setEditing(true)}>Change</button>{" "}
          {scope.undo !== null && <button onClick={scope.undo}>Take the last change back</button>}
        </p>
      )}
      {(asset?.roles.length ?? 0) === 0 && <p className="quiet">Nothing in the traffic gives it a role.</p>}
      {asset?.roles.map(({ role, confidence, source, reasons }) => (
        <section key={role} className="role">
          <p>
            <b>{ROLE_WORDS[role]}</b> {confidence.toFixed(2)}, {source === "scope" ? "as the scope says" : "inferred"}
          </p>
          <ul>
            {reasons.map((reason) => (
              <li key={reason}>{visible(reason)}</li>
            ))}
          </ul>
        </section>
      ))}
      <h3>Findings</h3>
      {findings.length === 0 && <p className="quiet">No finding names it.</p>}
      <ul className="plain-list">
        {findings.map(({ id, title, phase, tsFirst, source }) => (
          <li key={id} className={`phase-${phase}`}>
            <span className="mono quiet">{dateTime(tsFirst)}</span> {source === address ? "from it" : "against it"}:{" "}
            <button className="link" onClick={() => select({ kind: "finding", id })}>
              {wireText(title)}
            </button>
          </li>
        ))}
      </ul>
    </>
  );
}
