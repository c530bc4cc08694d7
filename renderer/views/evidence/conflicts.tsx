import { visible } from "../../../core/contracts/text-forms.ts";
import { useBench } from "../../bench.ts";
import { DataTable } from "../../frame/data-table.tsx";

/** Where merged copies of the case disagree; nothing where they do not. */
export function Conflicts() {
  const { conflicts, story, select } = useBench();
  if (conflicts.length === 0) return null;
  const titleOf = (id: string) => story.findings.find((finding) => finding.id === id)?.title ?? id;
  return (
    <section id="conflicts">
      <h2>Where merged copies disagree</h2>
      <p>
        Two copies of this case were worked on apart and merged. What the copy that was merged into says stands until
        somebody decides anew: a verdict by confirming or dismissing the finding, the scope and the settings by setting
        them.
      </p>
      <DataTable
        label="Where merged copies disagree"
        className="conflicts"
        rows={conflicts}
        keyOf={({ entry, object, what }) => `${entry} ${object ?? ""} ${what}`}
        columns={[
          {
            head: "About",
            cell: ({ object, what }) =>
              object === null ? (
                `the ${what}`
              ) : (
                <button className="link" onClick={() => select({ kind: "finding", id: object }, "Why")}>
                  {visible(titleOf(object))}
                </button>
              ),
          },
          { head: "What stands", cell: ({ here }) => visible(here) },
          { head: "What the other copy said", cell: ({ there }) => visible(there) },
          { head: "Merged by entry", isNumber: true, cell: ({ entry }) => entry },
        ]}
      />
    </section>
  );
}
