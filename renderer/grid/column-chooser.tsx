import { useState } from "react";
import { visible } from "../../core/contracts/text-forms.ts";
import type { TextPage } from "../../core/contracts/window.ts";
import type { ColumnSet } from "../data/store.ts";
import { kept, store } from "../data/store.ts";
import { useStored } from "../data/use-stored.ts";
import { NamedLine } from "../frame/named-line.tsx";

interface Props {
  readonly table: string;
  readonly all: TextPage["columns"];
  readonly shown: readonly string[];
  readonly onChange: (names: readonly string[]) => void;
}

const LONGEST_NAME = 60;

/** Which columns a table shows, and sets of them under names. */
export function ColumnChooser({ table, all, shown, onChange }: Props) {
  const [isOpen, setOpen] = useState(false);
  const [name, setName] = useState("");
  const sets = useStored(() => store.columns.where("table").equals(table).toArray(), [], [table]);
  const named = sets.filter((set) => set.name !== "");
  const used = named.find((set) => isSame(set.columns, shown));
  return (
    <div className="chooser" onKeyDown={(event) => event.key === "Escape" && setOpen(false)}>
      <button aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        Columns ({used === undefined ? `${shown.length} of ${all.length}` : visible(used.name)})
      </button>
      {isOpen && (
        <div className="menu columns" role="group" aria-label="Columns">
          <p>
            <button onClick={() => onChange(all.map((column) => column.name))}>All</button>{" "}
            <button onClick={() => onChange([])}>Usual</button> <button onClick={() => setOpen(false)}>Close</button>
          </p>
          {named.length > 0 && (
            <ul className="saved">
              {named.map((set) => (
                <NamedLine
                  key={set.name}
                  name={set.name}
                  isUsed={isSame(set.columns, shown)}
                  taken={named.map((other) => other.name)}
                  longest={LONGEST_NAME}
                  onUse={() => onChange(set.columns)}
                  onRename={(next) => void kept(() => renamed(set, next))}
                  onForget={() => void kept(() => store.columns.delete([table, set.name]))}
                />
              ))}
            </ul>
          )}
          <form
            onSubmit={(event) => {
              event.preventDefault();
              void kept(() => store.columns.put({ table, name: name.trim(), columns: shown }));
              setName("");
            }}
          >
            <input
              aria-label="Name of the set"
              placeholder="Name of the set"
              maxLength={LONGEST_NAME}
              value={name}
              onChange={(event) => setName(event.target.value)}
            />{" "}
            <button type="submit" disabled={name.trim() === ""}>
              Save
            </button>
          </form>
          {all.map((column) => (
            <label key={column.name} title={column.text}>
              <input
                type="checkbox"
                checked={shown.includes(column.name)}
                disabled={shown.length === 1 && shown[0] === column.name}
                onChange={(event) =>
                  onChange(
                    all
                      .map((each) => each.name)
                      .filter((each) => (each === column.name ? event.target.checked : shown.includes(each))),
                  )
                }
              />{" "}
              <span className="mono">{column.name}</span>
            </label>
          ))}
        </div>
      )}
    </div>
  );
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name, i) => name === b[i]);
}

async function renamed(set: ColumnSet, name: string): Promise<void> {
  await store.transaction("rw", store.columns, async () => {
    await store.columns.delete([set.table, set.name]);
    await store.columns.put({ ...set, name });
  });
}
