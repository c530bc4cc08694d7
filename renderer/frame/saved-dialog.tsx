import { useState } from "react";
import { useBench } from "../bench.ts";
import type { Layout, SavedFilter } from "../data/store.ts";
import { kept, nameOf, store } from "../data/store.ts";
import { useStored } from "../data/use-stored.ts";
import { Dialog } from "./dialog.tsx";
import { NamedLine } from "./named-line.tsx";

interface Props {
  readonly layout: Omit<Layout, "id" | "name">;
  readonly onLayout: (layout: Layout) => void;
  readonly onClose: () => void;
}

const LONGEST_NAME = 80;

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
          <NamedLine
            key={id}
            name={name}
            detail={filter}
            isUsed={filter === place.filter}
            taken={filters.map((each) => each.name)}
            longest={LONGEST_NAME}
            onUse={() => {
              narrow({ filter });
              onClose();
            }}
            onRename={(next) => void kept(() => store.filters.update(id!, { name: next }))}
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
          <NamedLine
            key={each.id}
            name={each.name}
            detail={layoutDetail(each)}
            taken={layouts.map((other) => other.name)}
            longest={LONGEST_NAME}
            onUse={() => {
              onLayout(each);
              onClose();
            }}
            onRename={(next) => void kept(() => store.layouts.update(each.id!, { name: next }))}
            onForget={() => void kept(() => store.layouts.delete(each.id!))}
          />
        ))}
      </ul>
      <NameForm label="Save the layout as" first={place.view} isOff={false} why="" onSave={saveLayout} />
      <button onClick={onClose}>Close</button>
    </Dialog>
  );
}

/** What a layout shows, in a word or two. */
export function layoutDetail({ view, table }: Pick<Layout, "view" | "table">): string {
  return view === "Sessions" ? `Sessions, ${table}` : view;
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
        {label} <input value={name} maxLength={LONGEST_NAME} onChange={(event) => setName(event.target.value)} />
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
