import { dirname } from "node:path";
import { InvalidArgumentError } from "commander";
import { serveWindow } from "../../engine/window/loopback-server.ts";
import { openShown } from "../../engine/window/shown-case.ts";
import { WindowCase } from "../../engine/window/window-case.ts";
import { command, jsonOption } from "../options.ts";
import { note, print, printJson } from "../terminal.ts";

export function serveCommand() {
  return command(
    "serve",
    "the window in a browser: loopback only, one-time token",
    "backtrail serve --case ./incident-7",
  )
    .option("--case <dir>", "the case folder; without it the window welcomes: the sample incident, recent cases, open")
    .option(
      "--cases <dir>",
      "where cases made in the window go (default: beside --case, else Backtrail in the home folder)",
    )
    .option("--port <n>", "port on 127.0.0.1, 0 for any free one", portNumber, 0)
    .addOption(jsonOption())
    .action(async (options: ServeOptions) => {
      const opened = options.case === undefined ? null : await openShown(options.case);
      opened?.notes.forEach(note);
      const shown = new WindowCase(opened, options.cases ?? (opened === null ? undefined : dirname(opened.folder)));
      try {
        const server = await serveWindow(shown, options.port);
        if (options.json === true) printJson({ url: server.url, port: server.port });
        else print(`Open this address once, in a browser on this machine:\n  ${server.url}\nCtrl+C ends it.\n`);
        await new Promise<void>((end) => {
          process.once("SIGINT", end);
          process.once("SIGTERM", end);
        });
        await server.close();
      } finally {
        await shown.close();
      }
    });
}

interface ServeOptions {
  readonly case?: string;
  readonly cases?: string;
  readonly port: number;
  readonly json?: boolean;
}

function portNumber(value: string): number {
  const port = Number(value);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new InvalidArgumentError("It must be 0 to 65535.");
  return port;
}
