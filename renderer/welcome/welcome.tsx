import { useState } from "react";
import type { Api } from "../../core/contracts/api.ts";
import { countOf, octetsText, timeSpan, visible } from "../../core/contracts/text-forms.ts";
import type { Work } from "../../core/contracts/window.ts";
import { call, shell, shellCall } from "../data/client.ts";
import { kept, store } from "../data/store.ts";
import { useStored } from "../data/use-stored.ts";
import { useTheme } from "../frame/theme.ts";
import { Wire } from "../wire.tsx";
import "./welcome.css";

type State = Api["window.state"][1];

/** The first thing that a person sees: the sample incident in one press, the cases of before, any other case. */
export function Welcome({ state, onChange }: { state: State; onChange: () => Promise<void> }) {
  useTheme();
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState<string | null>(null);
  const run = async (name: string, asked: Promise<{ ok: true } | { ok: false; error: { message: string } }>) => {
    setBusy(name);
    const result = await asked;
    setProblem(result.ok ? null : result.error.message);
    await onChange();
    setBusy(null);
  };
  const open = (folder: string) => run(folder, call("case.open", { folder }));
  const { work } = state;
  const failed = problem ?? (work.kind === "failed" ? work.message : null);
  return (
    <main className="welcome">
      <h1>Backtrail</h1>
      <p className="lead">
        What was done to the backups, by whom, from where, and can it be proved? Everything stays on this machine.
      </p>
      {failed !== null && (
        <p role="alert" className="problem">
          {visible(failed)}
        </p>
      )}
      {work.kind === "running" ? (
        <Progress work={work} onCancel={() => void run("cancel", call("work.cancel", {}))} />
      ) : (
        <>
          <section>
            <h2>Try it</h2>
            <button
              className="primary big"
              disabled={busy !== null}
              onClick={() => void run("sample", call("case.sample", {}))}
            >
              Open the sample incident
            </button>
            <p className="quiet">
              An intrusion that ends in deleted backups, recorded on this machine in about half a minute. Nothing is
              fetched.
            </p>
          </section>
          <Cases state={state} busy={busy} onOpen={open} />
          <OpenFolder busy={busy} onOpen={open} />
          <section>
            <h2>A capture of your own</h2>
            <button disabled={busy !== null} onClick={chooseCaptures}>
              Choose captures…
            </button>
            <p className="quiet">
              Or drop them here: pcap and pcapng, compressed or not, one or many. They are hashed as they come and read
              into a case. The command line does the same: <span className="mono">backtrail analyze</span>.
            </p>
          </section>
        </>
      )}
    </main>
  );
}

function chooseCaptures(): void {
  if (shell === null) document.getElementById("choose-captures")?.click();
  else void shellCall("shell.chooseCaptures", {});
}

/** Cases that were open before, then those that lie where this program keeps them. */
function Cases({
  state,
  busy,
  onOpen,
}: {
  state: State;
  busy: string | null;
  onOpen: (folder: string) => Promise<void>;
}) {
  const recent = useStored(() => store.cases.orderBy("openedAt").reverse().toArray(), []);
  const others = state.cases.filter(({ folder }) => !recent.some((each) => each.folder === folder));
  return (
    <section>
      <h2>Cases</h2>
      {recent.length + others.length === 0 && (
        <p className="quiet">No case was opened here yet. Those that were stand here the next time.</p>
      )}
      <ul className="cases">
        {recent.map(({ folder, name, openedAt, findings, octets }) => (
          <li key={folder}>
            <button className="case-line" disabled={busy !== null} onClick={() => void onOpen(folder)}>
              <b>
                <Wire text={name} most={120} />
              </b>
              <span className="mono quiet">
                <Wire text={folder} most={200} />
              </span>
              <span className="quiet">
                {busy === folder
                  ? "opening…"
                  : `${countOf(findings, "finding")}, ${octetsText(octets)}, opened ${new Date(openedAt).toISOString().slice(0, 16).replace("T", " ")} UTC`}
              </span>
            </button>
            <button
              className="icon"
              aria-label={`Forget ${visible(name)}`}
              title="Forget: the case itself stays"
              onClick={() => void kept(() => store.cases.delete(folder))}
            >
              ×
            </button>
          </li>
        ))}
        {others.map(({ folder, name, created }) => (
          <li key={folder}>
            <button className="case-line" disabled={busy !== null} onClick={() => void onOpen(folder)}>
              <b>
                <Wire text={name} most={120} />
              </b>
              <span className="mono quiet">
                <Wire text={folder} most={200} />
              </span>
              <span className="quiet">
                {busy === folder ? "opening…" : `made ${created.slice(0, 16).replace("T", " ")} UTC`}
              </span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

function OpenFolder({ busy, onOpen }: { busy: string | null; onOpen: (folder: string) => Promise<void> }) {
  const [folder, setFolder] = useState("");
  return (
    <section>
      <h2>Open a case folder</h2>
      <form
        className="open-folder"
        onSubmit={(event) => {
          event.preventDefault();
          void onOpen(folder.trim());
        }}
      >
        <label htmlFor="folder">Folder</label>
        <input
          id="folder"
          className="mono"
          placeholder="/cases/incident-7.case"
          spellCheck={false}
          maxLength={4096}
          value={folder}
          onChange={(event) => setFolder(event.target.value)}
        />
        <button type="submit" disabled={busy !== null || folder.trim() === ""}>
          {busy !== null && busy === folder.trim() ? "Opening…" : "Open"}
        </button>
      </form>
    </section>
  );
}

function Progress({ work, onCancel }: { work: Work & { kind: "running" }; onCancel: () => void }) {
  const { what, stage, share, octetsPerSecond, secondsLeft } = work;
  return (
    <section className="work" aria-label="Progress">
      <h2>Reading {visible(what)}</h2>
      <progress aria-label={stage} {...(share === null ? {} : { value: share })} />
      <p role="status">
        {stage}
        {octetsPerSecond > 0 && `, ${octetsText(Math.round(octetsPerSecond))}/s`}
        {secondsLeft !== null && secondsLeft > 1 && `, ${timeSpan(secondsLeft * 1e9)} left`}
      </p>
      <button onClick={onCancel}>Cancel</button>
    </section>
  );
}
