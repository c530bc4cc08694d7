import { app, BrowserWindow, Menu, session } from "electron";
import { windowFolder } from "../core/engine/window/window-files.ts";
import { announceAppProtocol, serveAppProtocol } from "./app-protocol.ts";
import { CaseWindows } from "./case-windows.ts";
import { caseArgument } from "./case-argument.ts";
import { answerCalls } from "./ipc.ts";
import { menuTemplate } from "./menu.ts";
import { lockContents, lockSession } from "./security.ts";

// Nothing of Chromium may look for a host on its own account either (updates, metrics, dictionaries).
app.commandLine.appendSwitch("disable-background-networking");
app.commandLine.appendSwitch("host-resolver-rules", "MAP * ~NOTFOUND");
app.enableSandbox();
announceAppProtocol();

if (app.requestSingleInstanceLock()) {
  const windows = new CaseWindows();
  app.on("web-contents-created", (_event, contents) => lockContents(contents));
  app.on("second-instance", (_event, argv, directory) => {
    const folder = caseArgument(argv, directory);
    if (folder !== null) void windows.open(folder);
    else BrowserWindow.getAllWindows()[0]?.focus();
  });
  app.on("window-all-closed", () => app.quit());
  await app.whenReady();
  lockSession(session.defaultSession);
  serveAppProtocol(session.defaultSession, windowFolder());
  answerCalls((id) => windows.engineOf(id));
  Menu.setApplicationMenu(Menu.buildFromTemplate(menuTemplate(process.platform, () => void windows.ask())));
  const folder = caseArgument(process.argv, process.cwd());
  await (folder === null ? windows.ask() : windows.open(folder));
  if (BrowserWindow.getAllWindows().length === 0) app.quit();
} else {
  app.quit();
}
