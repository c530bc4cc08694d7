import { countText, visible } from "../../core/contracts/text-forms.ts";
import { useBench } from "../bench.ts";
import { useCall } from "../data/use-call.ts";
import { usePivots } from "../frame/pivots.ts";
import { Wire } from "../wire.tsx";

/** Columns that lead every record and say little beside the record itself. */
const EVIDENCE = new Set(["n", "capture", "frame", "last_capture", "last_frame", "rid"]);

/** The records of a finding or session, each as a card of the fields that are set, and where it lies in the evidence. */
export function RecordsTab({ kind, id }: { kind: "finding" | "session"; id: string }) {
  const { select } = useBench();
  const pivot = usePivots();
  const groups = useCall("records.of", { kind, id });
  const evidence = useCall("finding.evidence", kind === "finding" ? { finding: id } : null);
  if (groups.state === "loading") return <p className="quiet">Reading the records…</p>;
  if (groups.state === "failed") return <p className="problem">{visible(groups.message)}</p>;
  if (groups.value.length === 0) return <p className="quiet">There is no record of it in the case.</p>;
  const offsets = new Map(
    evidence.state === "ready" ? evidence.value.rows.map((row) => [row[2] ?? "", row[5] ?? ""]) : [],
  );
  return groups.value.map(({ table, page }) => (
    <section key={table} aria-label={`Records of ${table}`}>
      <h3>
        {table}{" "}
        <span className="quiet">
          {page.rows.length < page.total ? `${page.rows.length} of ${countText(page.total)}` : countText(page.total)}
        </span>
      </h3>
      {page.rows.map((row, i) => {
        const cells = new Map(page.columns.map(({ name }, column) => [name, row[column]!]));
        const offset = offsets.get(cells.get("rid") ?? "");
        return (
          <article key={cells.get("rid") ?? i} className="card">
            <p className="place">
              <span className="mono">{cells.get("rid")}</span> · capture {cells.get("capture")}, frame{" "}
              {cells.get("frame") === cells.get("last_frame")
                ? cells.get("frame")
                : `${cells.get("frame")} to ${cells.get("last_frame")}`}
              {offset !== undefined && ` · file offset ${offset}`}
              {kind === "finding" && (
                <button
                  className="link"
                  onClick={() => select({ kind: "session", id: cells.get("uid") ?? "" }, "Stream")}
                >
                  follow
                </button>
              )}
            </p>
            <dl>
              {page.columns
                .filter(({ name }) => !EVIDENCE.has(name) && cells.get(name) !== "")
                .map(({ name, text, kind: of }) => (
                  <div
                    key={name}
                    onContextMenu={(event) =>
                      pivot(event, { kind: "value", column: name, of, value: cells.get(name)! })
                    }
                  >
                    <dt title={text}>{name}</dt>
                    <dd className="mono">
                      <Wire text={cells.get(name)!} most={400} />
                    </dd>
                  </div>
                ))}
            </dl>
          </article>
        );
      })}
    </section>
  ));
}
