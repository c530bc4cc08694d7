import { useMemo } from "react";
import type { Asset } from "../../../core/contracts/estate.ts";
import { ROLE_WORDS } from "../../../core/contracts/host-names.ts";
import { countOf, visible } from "../../../core/contracts/text-forms.ts";
import { useBench } from "../../bench.ts";
import { DataTable } from "../../frame/data-table.tsx";
import { usePivots } from "../../frame/pivots.ts";
import { HostLink } from "../../inspector/host-link.tsx";

const MOST_SHOWN = 200;

/** Machines, what they are thought to be and why; their roles can be changed here. */
export function Machines() {
  const { story, hosts, place, editMachine, scope, view } = useBench();
  const pivot = usePivots();
  const sorted = useMemo(
    () =>
      [...story.estate.assets].sort(
        (a, b) =>
          Number(b.inEstate) - Number(a.inEstate) ||
          Number(b.internal) - Number(a.internal) ||
          b.roles.length - a.roles.length,
      ),
    [story],
  );
  return (
    <>
      {(scope.isRunning || scope.undo !== null) && (
        <p className="tools" role="status">
          {scope.isRunning ? "Finding estate and findings anew…" : "The scope was changed in this window."}
          {scope.undo !== null && <button onClick={scope.undo}>Take the last change back</button>}
        </p>
      )}
      <DataTable
        label="Machines of the estate"
        className="machines"
        rows={sorted.slice(0, MOST_SHOWN)}
        keyOf={({ address }) => address}
        rowClass={({ address }) => (place.pick?.kind === "host" && place.pick.id === address ? "picked" : undefined)}
        onMenu={(event, { address }) => pivot(event, { kind: "host", id: address })}
        columns={[
          { head: "Machine", cell: (asset) => <Machine asset={asset} /> },
          {
            head: "Roles",
            cell: (asset) => (
              <>
                <Roles asset={asset} other={hosts.role(asset.address)} />
                {!view.readOnly && (
                  <button
                    className="link change"
                    aria-label={`Change the roles of ${hosts.full(asset.address)}`}
                    onClick={() => editMachine(asset.address)}
                  >
                    change
                  </button>
                )}
              </>
            ),
          },
          {
            head: "Why",
            className: () => "reasons",
            cell: ({ roles: [first] }) => <Reasons all={first?.reasons ?? []} />,
          },
        ]}
      >
        {sorted.length > MOST_SHOWN && (
          <p className="quiet">
            {countOf(sorted.length - MOST_SHOWN, "further machine")}; the palette (Ctrl+K) finds each.
          </p>
        )}
      </DataTable>
    </>
  );
}

function Machine({ asset: { address, inEstate, internal } }: { asset: Asset }) {
  return (
    <>
      <HostLink address={address} />
      <span className={inEstate ? "place" : "place quiet"}>
        {inEstate ? <b>estate</b> : internal ? "inside" : "outside"}
      </span>
    </>
  );
}

function Roles({ asset, other }: { asset: Asset; other: string | null }) {
  if (asset.roles.length === 0) return <span className="quiet">{other ?? "none known"}</span>;
  return asset.roles.map(({ role, confidence, source }) => (
    <span key={role} className="role-chip" title={source === "scope" ? "as the scope says" : "inferred"}>
      {ROLE_WORDS[role]} {confidence.toFixed(2)}
      {source === "scope" && " ✓"}
    </span>
  ));
}

function Reasons({ all }: { all: readonly string[] }) {
  return (
    <>
      {all.slice(0, 2).map((reason) => (
        <span key={reason}>{visible(reason)}</span>
      ))}
      {all.length > 2 && <span className="quiet">and {all.length - 2} more</span>}
    </>
  );
}
