import { useMemo, useState } from "react";
import { dateTime } from "../../core/contracts/text-forms.ts";
import type { Bench } from "../bench.ts";
import { useBench } from "../bench.ts";
import { VIEWS } from "../data/place.ts";
import type { ColumnSet, Layout, SavedFilter } from "../data/store.ts";
import { kept, store } from "../data/store.ts";
import { useStored } from "../data/use-stored.ts";
import { Dialog } from "./dialog.tsx";
import { layoutDetail } from "./saved-dialog.tsx";
import { wireText } from "../wire.tsx";

interface Command {
  readonly label: string;
  readonly detail: string;
  readonly run: () => void;
}

const MOST_SHOWN = 12;
/** What was saved under names. */
interface Saved {
  readonly filters: readonly SavedFilter[];
  readonly layouts: readonly Layout[];
  readonly columns: readonly ColumnSet[];
}

const NONE: Saved = { filters: [], layouts: [], columns: [] };

interface Props {
  readonly onClose: () => void;
  readonly onShortcuts: () => void;
  readonly onLayout: (layout: Layout) => void;
}

/** Everything that can be done or gone to, found by typing a part of its name. */
export function Palette({ onClose, onShortcuts, onLayout }: Props) {
  const bench = useBench();
  const [typed, setTyped] = useState("");
  const [active, setActive] = useState(0);
  const saved = useStored(readSaved, NONE);
  const commands = useMemo(
    () => [...commandsOf(bench, onShortcuts), ...savedCommands(bench, saved, onLayout)],
    [bench, saved, onShortcuts, onLayout],
  );
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  const found = commands
    .filter(({ label, detail }) => words.every((word) => `${label} ${detail}`.toLowerCase().includes(word)))
    .slice(0, MOST_SHOWN);
  const at = Math.min(active, found.length - 1);
  const run = (command: Command | undefined) => {
    if (command === undefined) return;
    onClose();
    command.run();
  };
  return (
    <Dialog label="Command palette" onClose={onClose}>
      <input
        autoFocus
        role="combobox"
        aria-label="Command"
        aria-expanded="true"
        aria-controls="commands"
        aria-activedescendant={at >= 0 ? `command-${at}` : undefined}
        placeholder="View, finding, host, record type …"
        value={typed}
        onChange={(event) => {
          setTyped(event.target.value);
          setActive(0);
        }}
        onKeyDown={(event) => {
          if (event.key === "ArrowDown") setActive(Math.min(found.length - 1, at + 1));
          else if (event.key === "ArrowUp") setActive(Math.max(0, at - 1));
          else if (event.key === "Enter") run(found[at]);
          else return;
          event.preventDefault();
        }}
      />
      <ul id="commands" role="listbox" aria-label="Commands">
        {found.map((command, i) => (
          <li
            key={`${command.label} ${command.detail}`}
            id={`command-${i}`}
            role="option"
            aria-selected={i === at}
            onClick={() => run(command)}
          >
            <span>{wireText(command.label)}</span>
            <span className="detail">{wireText(command.detail)}</span>
          </li>
        ))}
      </ul>
      {found.length === 0 && <p className="quiet">Nothing has “{typed}” in its name.</p>}
    </Dialog>
  );
}

async function readSaved(): Promise<Saved> {
  const [filters, layouts, columns] = await Promise.all([
    store.filters.orderBy("name").toArray(),
    store.layouts.orderBy("name").toArray(),
    store.columns.toArray(),
  ]);
  return { filters, layouts, columns: columns.filter(({ name }) => name !== "") };
}

function savedCommands(
  { narrow, go }: Bench,
  { filters, layouts, columns }: Saved,
  onLayout: (layout: Layout) => void,
): Command[] {
  return [
    ...filters.map(({ name, filter }) => ({
      label: name,
      detail: `saved filter ${filter}`,
      run: () => narrow({ filter }),
    })),
    ...layouts.map((layout) => ({
      label: layout.name,
      detail: `saved layout, ${layoutDetail(layout)}`,
      run: () => onLayout(layout),
    })),
    ...columns.map(({ table, name, columns: names }) => ({
      label: name,
      detail: `saved columns of ${table}`,
      run: () => {
        void kept(() => store.columns.put({ table, name: "", columns: names }));
        go({ view: "Sessions", table });
      },
    })),
  ];
}

function commandsOf(bench: Bench, onShortcuts: () => void): Command[] {
  const { story, view, hosts, go, select, narrow, undo, redo, openSaved, leave, scope } = bench;
  return [
    ...VIEWS.map((name) => ({ label: name, detail: "view", run: () => go({ view: name }) })),
    {
      label: "Clear filter and time range",
      detail: "narrowing",
      run: () => narrow({ filter: "", from: null, to: null }),
    },
    ...(undo === null ? [] : [{ label: "Undo narrowing", detail: "Ctrl+Z", run: undo }]),
    ...(redo === null ? [] : [{ label: "Redo narrowing", detail: "Ctrl+Shift+Z", run: redo }]),
    { label: "Shortcuts", detail: "?", run: onShortcuts },
    { label: "Saved filters and layouts", detail: "save, apply, rename, delete", run: openSaved },
    ...(scope.undo === null ? [] : [{ label: "Take the last change of roles back", detail: "scope", run: scope.undo }]),
    { label: "Close the case, open another", detail: "case", run: leave },
    ...story.findings.map(({ id, title, tsFirst }) => ({
      label: title,
      detail: `finding ${id}, ${dateTime(tsFirst)}`,
      run: () => select({ kind: "finding", id }),
    })),
    ...story.estate.assets.map(({ address }) => ({
      label: hosts.full(address),
      detail: `host${hosts.role(address) === null ? "" : `, ${hosts.role(address)}`}`,
      run: () => select({ kind: "host", id: address }),
    })),
    ...view.tables.map(({ name, text }) => ({
      label: name,
      detail: `records: ${text}`,
      run: () => go({ view: "Sessions", table: name }),
    })),
  ];
}
