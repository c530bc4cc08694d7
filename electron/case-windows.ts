import { basename, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { app, BrowserWindow, dialog } from "electron";
import { APP_ORIGIN } from "./app-protocol.ts";
import { EngineHost } from "./engine-host.ts";
import { pagePreferences } from "./security.ts";
import { keepWindowState, readWindowState } from "./window-state.ts";

interface CaseWindow {
  readonly window: BrowserWindow;
  readonly engine: EngineHost;
  readonly folder: string;
}

/** A window for each open case, each with an engine of its own. */
export class CaseWindows {
  readonly #open = new Map<number, CaseWindow>();

  /** The engine behind a page. */
  engineOf(webContentsId: number): EngineHost | undefined {
    return this.#open.get(webContentsId)?.engine;
  }

  /** Opens a case, or shows its window if it is open already; says in a dialog why it cannot. */
  async open(folder: string): Promise<void> {
    const path = resolve(folder);
    const already = [...this.#open.values()].find((each) => each.folder === path);
    if (already !== undefined) return already.window.focus();
    let engine: EngineHost;
    try {
      engine = await EngineHost.open(path);
    } catch (error) {
      const detail = error instanceof Error ? error.message : String(error);
      await dialog.showMessageBox({ type: "error", message: `${basename(path)} cannot be opened`, detail });
      return;
    }
    this.#show(path, engine);
  }

  /** Asks for a case folder and opens it. */
  async ask(): Promise<void> {
    const chosen = await dialog.showOpenDialog({
      title: "Open case",
      buttonLabel: "Open",
      message: "A case is a folder that backtrail analyze wrote",
      properties: ["openDirectory"],
    });
    const [folder] = chosen.filePaths;
    if (!chosen.canceled && folder !== undefined) await this.open(folder);
  }

  #show(folder: string, engine: EngineHost): void {
    const stateFile = join(app.getPath("userData"), "window.json");
    const { maximized, width, height, x, y } = readWindowState(stateFile);
    const window = new BrowserWindow({
      width,
      height,
      ...(x !== undefined && y !== undefined && { x, y }),
      minWidth: 1100,
      minHeight: 700,
      show: false,
      title: basename(folder),
      webPreferences: pagePreferences(fileURLToPath(new URL("./preload.cjs", import.meta.url))),
    });
    const { id } = window.webContents;
    this.#open.set(id, { window, engine, folder });
    if (maximized) window.maximize();
    window.once("ready-to-show", () => window.show());
    window.on("page-title-updated", (event) => event.preventDefault());
    window.on("close", () =>
      keepWindowState(stateFile, { ...window.getNormalBounds(), maximized: window.isMaximized() }),
    );
    window.on("closed", () => {
      this.#open.delete(id);
      engine.close();
    });
    void window.loadURL(`${APP_ORIGIN}/`);
  }
}
