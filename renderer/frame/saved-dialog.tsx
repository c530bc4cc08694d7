import { useState } from "react";
import { useBench } from "../bench.ts";
import type { Layout, SavedFilter } from "../data/store.ts";
import { kept, nameOf, store } from "../data/store.ts";
import { useStored } from "../data/use-stored.ts";
import { Wire } from "../wire.tsx";
import { Dialog } from "./dialog.tsx";

interface Props {
  readonly layout: Omit<Layout, "id" | "name">;
  readonly onLayout: (layout: Layout) => void;
  readonly onClose: () => void;
}

/** Filters and layouts under names: kept by this window, for every case. */
export function SavedDialog({ layout, onLayout, onClose }: Props) {
  const { place, narrow, say } = useBench();
  const filters = useStored(() => store.filters.orderBy("name").toArray(), []);
  const layouts = useStored(() => store.layouts.orderBy("name").toArray(), []);
  const saveFilter = (name: string) =>
    void replace<SavedFilter>("filters", { name, filter: place.filter }).then(() => say("Filter saved"));
  const saveLayout = (name: string) =>
    void replace<Layout>("layouts", { ...layout, name }).then(() => say("Layout saved"));
  return (
    <Dialog label="Saved filters and layouts" onClose={onClose}>
      <h2>Filters</h2>
      {filters.length === 0 && (
        <p className="quiet">No filter was saved yet; those that were stand in the filter bar too.</p>
      )}
      <ul className="saved">
        {filters.map(({ id, name, filter }) => (
          <Line
            key={id}
            name={name}
            detail={filter}
            onRun={() => {
              narrow({ filter });
              onClose();
            }}
            onForget={() => void kept(() => store.filters.delete(id!))}
          />
        ))}
      </ul>
      <NameForm
        label="Save the filter as"
        first={nameOf(place)}
        isOff={place.filter === ""}
        why="There is no filter to save now."
        onSave={saveFilter}
      />
      <h2>Layouts</h2>
      {layouts.length === 0 && (
        <p className="quiet">
          A layout keeps view, record type with its columns, lanes, and the Inspector with its tab.
        </p>
      )}
      <ul className="saved">
        {layouts.map((each) => (
          <Line
            key={each.id}
            name={each.name}
            detail={each.view === "Sessions" ? `Sessions, ${each.table}` : each.view}
            onRun={() => {
              onLayout(each);
              onClose();
            }}
            onForget={() => void kept(() => store.layouts.delete(each.id!))}
          />
        ))}
      </ul>
      <NameForm label="Save the layout as" first={place.view} isOff={false} why="" onSave={saveLayout} />
      <button onClick={onClose}>Close</button>
    </Dialog>
  );
}

function Line(props: { name: string; detail: string; onRun: () => void; onForget: () => void }) {
  return (
    <li>
      <button className="link" onClick={props.onRun}>
        <Wire text={props.name} most={80} />
      </button>
      <span className="detail mono">
        <Wire text={props.detail} most={120} />
      </span>
      <button className="icon" aria-label={`Delete ${props.name}`} title="Delete" onClick={props.onForget}>
        ×
      </button>
    </li>
  );
}

interface NameFormProps {
  readonly label: string;
  readonly first: string;
  readonly isOff: boolean;
  readonly why: string;
  readonly onSave: (name: string) => void;
}

function NameForm({ label, first, isOff, why, onSave }: NameFormProps) {
  const [name, setName] = useState(first);
  if (isOff) return <p className="quiet">{why}</p>;
  return (
    <form
      className="open-folder"
      onSubmit={(event) => {
        event.preventDefault();
        onSave(name.trim());
      }}
    >
      <label>
        {label} <input value={name} maxLength={80} onChange={(event) => setName(event.target.value)} />
      </label>
      <button type="submit" disabled={name.trim() === ""}>
        Save
      </button>
    </form>
  );
}

/** Saves a row under its name, in place of the one that had it. */
async function replace<T extends { readonly name: string }>(table: "filters" | "layouts", row: T): Promise<void> {
  await kept(async () => {
    await store.table(table).where("name").equals(row.name).delete();
    await store.table(table).add(row);
  });
}
