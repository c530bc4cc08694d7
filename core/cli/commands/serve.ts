import { InvalidArgumentError } from "commander";
import { apiHandlers } from "../../engine/window/api-handlers.ts";
import { serveWindow } from "../../engine/window/loopback-server.ts";
import { openWorkspace } from "../../engine/workspace.ts";
import { caseOption, command, jsonOption } from "../options.ts";
import { note, print, printJson } from "../terminal.ts";

export function serveCommand() {
  return command(
    "serve",
    "the window in a browser: loopback only, one-time token",
    "backtrail serve --case ./incident-7",
  )
    .addOption(caseOption())
    .option("--port <n>", "port on 127.0.0.1, 0 for any free one", portNumber, 0)
    .addOption(jsonOption())
    .action(async (options: { case: string; port: number; json?: boolean }) => {
      const opened = await openWorkspace(options.case);
      try {
        opened.notes.forEach(note);
        const server = await serveWindow(apiHandlers(opened), options.port);
        if (options.json === true) printJson({ url: server.url, port: server.port });
        else print(`Open this address once, in a browser on this machine:\n  ${server.url}\nCtrl+C ends it.\n`);
        await new Promise<void>((resolve) => {
          process.once("SIGINT", resolve);
          process.once("SIGTERM", resolve);
        });
        await server.close();
      } finally {
        opened.close();
      }
    });
}

function portNumber(value: string): number {
  const port = Number(value);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new InvalidArgumentError("It must be 0 to 65535.");
  return port;
}
