import { useCallback, useEffect, useState } from "react";
import type { Api } from "../core/contracts/api.ts";
import { visible } from "../core/contracts/text-forms.ts";
import { call } from "./data/client.ts";
import { screensOf } from "./data/screens.ts";
import { useCall } from "./data/use-call.ts";
import { Message } from "./frame/message.tsx";
import { Welcome } from "./welcome/welcome.tsx";
import { Workbench } from "./workbench.tsx";

type State = Api["window.state"][1];

/** How often the engine is asked how far it is while a case is being made. */
const ASK_MS = 300;

/** The window: a welcome, or one case. */
export function App() {
  const [state, setState] = useState<State | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const ask = useCallback(async () => {
    const result = await call("window.state", {});
    if (result.ok) {
      screensOf(result.value.folder);
      setState(result.value);
    }
    setProblem(result.ok ? null : result.error.message);
  }, []);
  useEffect(() => void ask(), [ask]);
  const isRunning = state?.work.kind === "running";
  useEffect(() => {
    if (!isRunning) return;
    const timer = setInterval(() => void ask(), ASK_MS);
    return () => clearInterval(timer);
  }, [isRunning, ask]);
  if (problem !== null)
    return (
      <Message title="The engine does not answer" text={visible(problem)}>
        <button onClick={() => void ask()}>Try again</button>
      </Message>
    );
  if (state === null) return <Message title="Opening" />;
  if (state.folder === null || isRunning) return <Welcome state={state} onChange={ask} />;
  const leave = () => {
    window.location.hash = "";
    void call("case.close", {}).then(ask);
  };
  return <OpenCase key={state.folder} folder={state.folder} onLeave={leave} />;
}

function OpenCase({ folder, onLeave }: { folder: string; onLeave: () => void }) {
  const [version, setVersion] = useState(0);
  const loaded = useCall("case.view", {}, String(version));
  if (loaded.state === "loading")
    return (
      <Message
        isBusy
        title="Opening the case"
        text={`${visible(folder)}: its story and its records are looked up. That takes a second even where there are millions; longer on a slow disk.`}
      >
        <button onClick={onLeave}>Open another case</button>
      </Message>
    );
  if (loaded.state === "failed")
    return (
      <Message title="The case cannot be shown" text={visible(loaded.message)}>
        <button onClick={() => setVersion(version + 1)}>Try again</button>{" "}
        <button onClick={onLeave}>Open another case</button>
      </Message>
    );
  return (
    <Workbench
      view={loaded.value}
      version={String(version)}
      onReload={() => setVersion((before) => before + 1)}
      onLeave={onLeave}
    />
  );
}
