// Entry of the utility process: opens one case, given as the first argument, and answers calls about it. The engine runs
// here so that neither a long query nor a fault of it stops the window.
import { answer, apiHandlers } from "../core/engine/window/api-handlers.ts";
import { openWorkspace } from "../core/engine/workspace.ts";
import type { FromEngine, ToEngine } from "./engine-messages.ts";

const port = process.parentPort;
const send = (message: FromEngine) => port.postMessage(message);
const folder = process.argv[2] ?? "";

try {
  const opened = await openWorkspace(folder);
  const handlers = apiHandlers(opened);
  port.on("message", ({ data }) => {
    const message = data as ToEngine;
    switch (message.kind) {
      case "call":
        void answer(handlers, message.method, message.arg).then((result) =>
          send({ kind: "answer", id: message.id, result }),
        );
        break;
      case "close":
        opened.close();
        process.exit(0);
    }
  });
  send({ kind: "opened", name: opened.info.name, notes: opened.notes });
} catch (error) {
  send({ kind: "failed", message: error instanceof Error ? error.message : String(error) });
}
