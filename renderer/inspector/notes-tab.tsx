import { useState } from "react";
import { visible } from "../../core/contracts/text-forms.ts";
import { useBench } from "../bench.ts";
import { call } from "../data/client.ts";
import { kept, store } from "../data/store.ts";
import { useStored } from "../data/use-stored.ts";
import { Wire } from "../wire.tsx";

/** Notes on what is selected, or on the case; each is an entry of the journal. */
export function NotesTab() {
  const { place, notes, setNotes, view, narrowing, say } = useBench();
  const [typed, setTyped] = useState<Readonly<Record<string, string>>>({});
  const [problem, setProblem] = useState<string | null>(null);
  const { pick } = place;
  const object =
    pick !== null
      ? `${pick.kind}:${pick.id}`
      : narrowing.from !== null && narrowing.to !== null
        ? `range:${narrowing.from}-${narrowing.to}`
        : "case";
  // Each object keeps its own: what was begun on one must not be written on another.
  const { folder } = view;
  const draft = useStored(() => store.drafts.get([folder, object]), undefined, [folder, object]);
  const text = typed[object] ?? (draft?.object === object ? draft.text : "");
  const setText = (next: string) => {
    setTyped((before) => ({ ...before, [object]: next }));
    void kept(async () => {
      if (next === "") await store.drafts.delete([folder, object]);
      else await store.drafts.put({ folder, object, text: next, at: Date.now() });
    });
  };
  const own = notes.filter((note) => note.object === object);
  const others = notes.length - own.length;
  const take = (result: Awaited<ReturnType<typeof call<"note.add">>>, done: string) => {
    setProblem(result.ok ? null : result.error.message);
    if (!result.ok) return;
    setNotes(result.value);
    say(done);
  };
  return (
    <>
      <p className="quiet">{ABOUT[object === "case" ? "case" : (pick?.kind ?? "range")]}</p>
      {own.map((note) => (
        <article key={note.entry} className="note">
          <p className="text">
            <Wire text={note.text} most={10_000} />
          </p>
          <p className="quiet">
            <Wire text={note.by} />, {note.at.slice(0, 16).replace("T", " ")} UTC, journal entry {note.entry}{" "}
            {!view.readOnly && (
              <button
                className="link"
                onClick={() =>
                  void call("note.remove", { entry: note.entry }).then((result) =>
                    take(result, "Note removed; the journal says so"),
                  )
                }
              >
                remove
              </button>
            )}
          </p>
        </article>
      ))}
      {view.readOnly ? (
        <p className="quiet">The case is open for reading only: notes cannot be journaled.</p>
      ) : (
        <form
          className="note-form"
          onSubmit={(event) => {
            event.preventDefault();
            void call("note.add", { object, text }).then((result) => {
              take(result, "Note written into the journal");
              if (result.ok) setText("");
            });
          }}
        >
          <label htmlFor="note">Note</label>
          <textarea
            id="note"
            rows={4}
            maxLength={10_000}
            value={text}
            onChange={(event) => setText(event.target.value)}
            onKeyDown={(event) => {
              if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) event.currentTarget.form?.requestSubmit();
              if (event.key === "Escape") event.currentTarget.blur();
            }}
          />
          <button type="submit" disabled={text.trim() === ""} title="Ctrl+Enter">
            Add note
          </button>
        </form>
      )}
      {problem !== null && (
        <p role="alert" className="problem">
          {visible(problem)}
        </p>
      )}
      {others > 0 && <p className="quiet">{others} more in the case; Evidence lists all of them in the journal.</p>}
    </>
  );
}

const ABOUT = {
  finding: "Notes on this finding.",
  session: "Notes on this session.",
  host: "Notes on this host.",
  range: "Notes on this time. Reports list them with the others.",
  case: "Notes on the case. Select something, or narrow the time range, to pin a note to it.",
} as const;
