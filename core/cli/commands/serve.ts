import { InvalidArgumentError } from "commander";
import { WindowCase } from "../../engine/window/window-case.ts";
import { serveWindow } from "../../engine/window/loopback-server.ts";
import { openWorkspace } from "../../engine/workspace.ts";
import { command, jsonOption } from "../options.ts";
import { note, print, printJson } from "../terminal.ts";

export function serveCommand() {
  return command(
    "serve",
    "the window in a browser: loopback only, one-time token",
    "backtrail serve --case ./incident-7",
  )
    .option("--case <dir>", "the case folder; without it the window welcomes: the sample incident, recent cases, open")
    .option("--port <n>", "port on 127.0.0.1, 0 for any free one", portNumber, 0)
    .addOption(jsonOption())
    .action(async (options: { case?: string; port: number; json?: boolean }) => {
      const opened = options.case === undefined ? null : await openWorkspace(options.case);
      opened?.notes.forEach(note);
      const shown = new WindowCase(opened);
      try {
        const server = await serveWindow(shown.handlers, options.port);
        if (options.json === true) printJson({ url: server.url, port: server.port });
        else print(`Open this address once, in a browser on this machine:\n  ${server.url}\nCtrl+C ends it.\n`);
        await new Promise<void>((resolve) => {
          process.once("SIGINT", resolve);
          process.once("SIGTERM", resolve);
        });
        await server.close();
      } finally {
        shown.close();
      }
    });
}

function portNumber(value: string): number {
  const port = Number(value);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new InvalidArgumentError("It must be 0 to 65535.");
  return port;
}
