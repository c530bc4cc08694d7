// Entry of the utility process: the engine behind one window. It runs here so that neither a long query nor a fault of it
// stops the window. Argument: the folder for new cases.
import { answer } from "../core/engine/window/api-handlers.ts";
import { resultOf } from "../core/engine/window/checked-call.ts";
import { WindowCase } from "../core/engine/window/window-case.ts";
import type { Carved, EngineOrder, FromEngine, ToEngine } from "./engine-messages.ts";

const port = process.parentPort;
const send = (message: FromEngine) => port.postMessage(message);
const shown = new WindowCase(null, process.argv[2], (state) => send({ kind: "state", state }));

port.on("message", ({ data }) => {
  const message = data as ToEngine;
  switch (message.kind) {
    case "call":
      void answer(shown.handlers, message.method, message.arg).then((result) =>
        send({ kind: "answer", id: message.id, result }),
      );
      break;
    case "own":
      void resultOf(() => follow(message.order)).then((result) => send({ kind: "answer", id: message.id, result }));
      break;
    case "close":
      void shown.close().finally(() => process.exit(0));
  }
});

async function follow(order: EngineOrder): Promise<Carved | null> {
  switch (order.kind) {
    case "open":
      shown.refuseWhileBusy();
      await shown.openCase(order.folder);
      return null;
    case "offer":
      shown.offerPaths(order.paths);
      return null;
    case "carve": {
      const { subject, whole, path } = order;
      if (path === null) return shown.slice(subject, whole);
      const { frames } = await shown.carveTo(path, subject, whole);
      return { path, frames };
    }
  }
}
