import { useState } from "react";
import { Message } from "./frame/message.tsx";
import { useCall } from "./data/use-call.ts";
import { Workbench } from "./workbench.tsx";

/** The window: one case. */
export function App() {
  const [version, setVersion] = useState(0);
  const loaded = useCall("case.view", {}, String(version));
  if (loaded.state === "loading") return <Message title="Opening the case" />;
  if (loaded.state === "failed") return <Message title="The case cannot be shown" text={loaded.message} />;
  return (
    <Workbench view={loaded.value} version={String(version)} onReload={() => setVersion((before) => before + 1)} />
  );
}
