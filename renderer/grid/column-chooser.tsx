import { useState } from "react";
import type { TextPage } from "../../core/contracts/window.ts";

interface Props {
  readonly all: TextPage["columns"];
  readonly shown: readonly string[];
  readonly onChange: (names: readonly string[]) => void;
  readonly onReset: () => void;
}

/** Which columns a table shows. */
export function ColumnChooser({ all, shown, onChange, onReset }: Props) {
  const [isOpen, setOpen] = useState(false);
  return (
    <div className="chooser" onKeyDown={(event) => event.key === "Escape" && setOpen(false)}>
      <button aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        Columns ({shown.length} of {all.length})
      </button>
      {isOpen && (
        <div className="menu columns" role="group" aria-label="Columns">
          <p>
            <button onClick={() => onChange(all.map(({ name }) => name))}>All</button>{" "}
            <button onClick={onReset}>Usual</button> <button onClick={() => setOpen(false)}>Close</button>
          </p>
          {all.map(({ name, text }) => (
            <label key={name} title={text}>
              <input
                type="checkbox"
                checked={shown.includes(name)}
                disabled={shown.length === 1 && shown[0] === name}
                onChange={(event) =>
                  onChange(
                    all
                      .map((column) => column.name)
                      .filter((each) => (each === name ? event.target.checked : shown.includes(each))),
                  )
                }
              />{" "}
              <span className="mono">{name}</span>
            </label>
          ))}
        </div>
      )}
    </div>
  );
}
