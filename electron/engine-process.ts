// Entry of the utility process: opens one case, given as the first argument, or none, and answers the calls of its window. The engine runs
// here so that neither a long query nor a fault of it stops the window.
import { answer } from "../core/engine/window/api-handlers.ts";
import { WindowCase } from "../core/engine/window/window-case.ts";
import { openWorkspace } from "../core/engine/workspace.ts";
import type { FromEngine, ToEngine } from "./engine-messages.ts";

const port = process.parentPort;
const send = (message: FromEngine) => port.postMessage(message);
const folder = process.argv[2] ?? "";

try {
  const opened = folder === "" ? null : await openWorkspace(folder);
  const shown = new WindowCase(opened);
  port.on("message", ({ data }) => {
    const message = data as ToEngine;
    switch (message.kind) {
      case "call":
        void answer(shown.handlers, message.method, message.arg).then((result) =>
          send({ kind: "answer", id: message.id, result }),
        );
        break;
      case "close":
        shown.close();
        process.exit(0);
    }
  });
  send({ kind: "opened", name: opened?.info.name ?? "", notes: opened?.notes ?? [] });
} catch (error) {
  send({ kind: "failed", message: error instanceof Error ? error.message : String(error) });
}
