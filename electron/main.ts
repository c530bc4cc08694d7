import { app, Menu, session } from "electron";
import { LINK_SCHEME } from "../core/contracts/case-link.ts";
import type { RecentCase } from "../core/contracts/shell.ts";
import { windowFolder } from "../core/engine/window/window-files.ts";
import { announceAppProtocol, serveAppProtocol } from "./app-protocol.ts";
import { CaseWindows } from "./case-windows.ts";
import { answerCalls } from "./ipc.ts";
import { menuTemplate } from "./menu.ts";
import type { Opening } from "./opening.ts";
import { openingOf, ownArguments } from "./opening.ts";
import { lockContents, lockSession } from "./security.ts";
import { SWITCHES } from "./switches.ts";

for (const [name, value] of SWITCHES) app.commandLine.appendSwitch(name, value);
app.enableSandbox();
announceAppProtocol();

if (app.requestSingleInstanceLock()) await start();
else app.quit(); // the arguments go to the first instance

async function start(): Promise<void> {
  const windows = new CaseWindows((recent) => setMenu(windows, recent));
  // macOS may give files and links before the program is ready.
  const early: string[] = [];
  let takeIn = (path: string): void => void early.push(path);
  app.on("open-file", (event, path) => {
    event.preventDefault();
    takeIn(path);
  });
  app.on("open-url", (event, url) => {
    event.preventDefault();
    takeIn(url);
  });
  app.on("web-contents-created", (_event, contents) => lockContents(contents));
  app.on("second-instance", (_event, argv, directory) => {
    const asked = openingOf(ownArguments(argv, app.isPackaged), directory);
    if (isNothing(asked)) (windows.current ?? windows.create()).focus();
    else void windows.show(asked);
  });
  app.on("activate", () => {
    if (windows.current === undefined) windows.create();
  });
  app.on("will-quit", () => windows.end());
  app.on("window-all-closed", () => {
    if (process.platform !== "darwin") app.quit();
  });
  await app.whenReady();
  if (app.isPackaged) app.setAsDefaultProtocolClient(LINK_SCHEME);
  lockSession(session.defaultSession);
  serveAppProtocol(session.defaultSession, windowFolder());
  answerCalls((id) => windows.targetOf(id));
  setMenu(windows, []);
  takeIn = (path) => void windows.show(openingOf([path], process.cwd()));
  const asked = openingOf([...ownArguments(process.argv, app.isPackaged), ...early], process.cwd());
  const isRestored = await windows.restore();
  if (!isNothing(asked)) await windows.show(asked);
  else if (!isRestored) windows.create();
}

function setMenu(windows: CaseWindows, recent: readonly RecentCase[]): void {
  const template = menuTemplate(
    process.platform,
    {
      newWindow: () => windows.create(),
      openCase: () => void windows.askCase(),
      openCaptures: () => void windows.askCaptures(),
      openRecent: (folder) => void windows.openCase(folder),
      tell: (event) => windows.current?.tell(event),
    },
    recent,
  );
  Menu.setApplicationMenu(Menu.buildFromTemplate(template));
}

function isNothing({ cases, captures, links, missing }: Opening): boolean {
  return cases.length + captures.length + links.length + missing.length === 0;
}
