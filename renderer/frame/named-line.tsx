import { useState } from "react";
import { Wire } from "../wire.tsx";

interface Props {
  readonly name: string;
  readonly detail?: string;
  /** True for the one in use. */
  readonly isUsed?: boolean;
  /** Names that another one has. */
  readonly taken: readonly string[];
  readonly longest: number;
  readonly onUse: () => void;
  readonly onRename: (name: string) => void;
  readonly onForget: () => void;
}

/** Something that was saved under a name: used, renamed, deleted. */
export function NamedLine({ name, detail, isUsed = false, taken, longest, onUse, onRename, onForget }: Props) {
  const [draft, setDraft] = useState<string | null>(null);
  if (draft !== null) {
    const wanted = draft.trim();
    const isTaken = wanted !== name && taken.includes(wanted);
    return (
      <li>
        <form
          className="rename"
          onKeyDown={(event) => {
            if (event.key !== "Escape") return;
            event.preventDefault(); // only the renaming ends, not the dialog around it
            event.stopPropagation();
            setDraft(null);
          }}
          onSubmit={(event) => {
            event.preventDefault();
            if (wanted !== name) onRename(wanted);
            setDraft(null);
          }}
        >
          <input
            autoFocus
            aria-label={`New name of ${name}`}
            maxLength={longest}
            value={draft}
            onChange={(event) => setDraft(event.target.value)}
          />
          <button type="submit" disabled={wanted === "" || isTaken}>
            Rename
          </button>
          {isTaken && <span role="alert">Another one has this name.</span>}
        </form>
      </li>
    );
  }
  return (
    <li>
      <button className="link" aria-pressed={isUsed} onClick={onUse}>
        <Wire text={name} most={80} />
      </button>
      {isUsed && <span className="quiet">in use</span>}
      <span className="detail mono">{detail !== undefined && <Wire text={detail} most={120} />}</span>
      <button className="icon" aria-label={`Rename ${name}`} title="Rename" onClick={() => setDraft(name)}>
        ✎
      </button>
      <button className="icon" aria-label={`Delete ${name}`} title="Delete" onClick={onForget}>
        ×
      </button>
    </li>
  );
}
