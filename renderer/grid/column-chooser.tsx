import { useState } from "react";
import type { TextPage } from "../../core/contracts/window.ts";
import { kept, store } from "../data/store.ts";
import { useStored } from "../data/use-stored.ts";

interface Props {
  readonly table: string;
  readonly all: TextPage["columns"];
  readonly shown: readonly string[];
  readonly onChange: (names: readonly string[]) => void;
}

/** Which columns a table shows, and sets of them under names. */
export function ColumnChooser({ table, all, shown, onChange }: Props) {
  const [isOpen, setOpen] = useState(false);
  const [name, setName] = useState("");
  const sets = useStored(() => store.columns.where("table").equals(table).toArray(), [], [table]);
  const named = sets.filter((set) => set.name !== "");
  return (
    <div className="chooser" onKeyDown={(event) => event.key === "Escape" && setOpen(false)}>
      <button aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        Columns ({shown.length} of {all.length})
      </button>
      {isOpen && (
        <div className="menu columns" role="group" aria-label="Columns">
          <p>
            <button onClick={() => onChange(all.map((column) => column.name))}>All</button>{" "}
            <button onClick={() => onChange([])}>Usual</button> <button onClick={() => setOpen(false)}>Close</button>
          </p>
          {named.map((set) => (
            <p key={set.name} className="set">
              <button className="link" onClick={() => onChange(set.columns)}>
                {set.name}
              </button>{" "}
              <button
                className="icon"
                aria-label={`Delete the set ${set.name}`}
                title="Delete the set"
                onClick={() => void kept(() => store.columns.delete([table, set.name]))}
              >
                ×
              </button>
            </p>
          ))}
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
              maxLength={60}
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
