import { Message } from "./frame/message.tsx";
import { useCall } from "./data/use-call.ts";
import { Workbench } from "./workbench.tsx";

/** The window: one case. */
export function App() {
  const loaded = useCall("case.view", {});
  if (loaded.state === "loading") return <Message title="Opening the case" />;
  if (loaded.state === "failed") return <Message title="The case cannot be shown" text={loaded.message} />;
  return <Workbench view={loaded.value} />;
}
