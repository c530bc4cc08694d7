import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { app, BrowserWindow, dialog } from "electron";
import type { Api, ApiMethod } from "../core/contracts/api.ts";
import type { DeskState } from "../core/contracts/desk.ts";
import type { Result } from "../core/contracts/result.ts";
import type { ShellApi, ShellEvent, ShellMethod } from "../core/contracts/shell.ts";
import { APP_ORIGIN } from "./app-protocol.ts";
import { EngineHost } from "./engine-host.ts";
import type { CallTarget } from "./ipc.ts";
import { CHANNELS } from "./ipc.ts";
import { Recovery } from "./recovery.ts";
import { pagePreferences } from "./security.ts";
import { taskBarProgress } from "./task-bar.ts";
import type { KeptWindow, WindowPlace } from "./window-state.ts";

/** What a window tells its keeper. */
export interface WindowListener {
  /** Its case, its place on the screen or within the case is another. */
  onChange(window: CaseWindow): void;
  onClosed(window: CaseWindow): void;
  drop(window: CaseWindow, paths: readonly string[]): Promise<Result<unknown>>;
  shell<M extends ShellMethod>(window: CaseWindow, method: M, arg: ShellApi[M][0]): Promise<Result<unknown>>;
}

/** One window: a page, the engine behind it, and the way back after either is lost. */
export class CaseWindow implements CallTarget {
  readonly window: BrowserWindow;
  readonly #listener: WindowListener;
  readonly #casesFolder: string;
  readonly #pageRecovery = new Recovery();
  readonly #engineRecovery = new Recovery();
  #engine: EngineHost;
  #state: DeskState | null = null;
  #isLoaded = false;
  /** Told once the page is there. */
  #pending: ShellEvent[] = [];
  #mayClose = false;

  constructor(place: WindowPlace, hash: string, casesFolder: string, listener: WindowListener) {
    this.#listener = listener;
    this.#casesFolder = casesFolder;
    this.#engine = this.#startEngine();
    const { maximized, width, height, x, y } = place;
    this.window = new BrowserWindow({
      width,
      height,
      ...(x !== undefined && y !== undefined && { x, y }),
      minWidth: 1100,
      minHeight: 700,
      show: false,
      title: "Backtrail",
      webPreferences: pagePreferences(fileURLToPath(new URL("./preload.cjs", import.meta.url))),
    });
    if (maximized) this.window.maximize();
    this.window.once("ready-to-show", () => this.window.show());
    this.window.on("page-title-updated", (event) => event.preventDefault());
    for (const name of ["moved", "resized"] as const)
      this.window.on(name as "resized", () => this.#listener.onChange(this));
    this.window.on("close", (event) => this.#close(event));
    this.window.on("closed", () => {
      this.#engine.close();
      this.#listener.onClosed(this);
    });
    this.#watchPage();
    void this.window.loadURL(`${APP_ORIGIN}/${hash === "" ? "" : `#${hash}`}`);
  }

  /** Folder of the case that is open; null on the first page. */
  get folder(): string | null {
    return this.#state?.case?.folder ?? null;
  }

  /** True if nothing is open and nothing is done here, so that a case may be opened in this window. */
  get isFree(): boolean {
    const isBusy = this.#state?.analysis?.state === "running" || this.#state?.analysis?.state === "stopping";
    return this.folder === null && !isBusy;
  }

  /** As it is kept for the next start. */
  get kept(): KeptWindow {
    const { hash } = new URL(this.window.webContents.getURL() || APP_ORIGIN);
    return { place: this.place, folder: this.folder, hash: hash.slice(1) };
  }

  get place(): WindowPlace {
    return { ...this.window.getNormalBounds(), maximized: this.window.isMaximized() };
  }

  call(method: ApiMethod, arg: Api[ApiMethod][0]): Promise<Result<unknown>> {
    return this.#engine.call(method, arg);
  }

  shell<M extends ShellMethod>(method: M, arg: ShellApi[M][0]): Promise<Result<unknown>> {
    return this.#listener.shell(this, method, arg);
  }

  drop(paths: readonly string[]): Promise<Result<unknown>> {
    return this.#listener.drop(this, paths);
  }

  get engine(): EngineHost {
    return this.#engine;
  }

  /** Opens a case here; says in a dialog why it cannot. @returns true if it is open. */
  async open(folder: string): Promise<boolean> {
    const result = await this.#engine.order({ kind: "open", folder });
    if (!result.ok) await this.say(`${basename(folder)} cannot be opened`, result.error.message);
    return result.ok;
  }

  tell(event: ShellEvent): void {
    if (this.#isLoaded) this.window.webContents.send(CHANNELS.event, event);
    else this.#pending.push(event);
  }

  focus(): void {
    if (this.window.isMinimized()) this.window.restore();
    this.window.focus();
  }

  async say(message: string, detail: string): Promise<void> {
    await dialog.showMessageBox(this.window, { type: "error", message, detail });
  }

  #startEngine(): EngineHost {
    return new EngineHost(this.#casesFolder, {
      onState: (state) => this.#onState(state),
      onLost: (code) => void this.#engineLost(code),
    });
  }

  #onState(state: DeskState): void {
    const before = this.folder;
    this.#state = state;
    this.window.setProgressBar(taskBarProgress(state.analysis));
    if (this.folder !== before) {
      this.window.setTitle(state.case === null ? "Backtrail" : `${state.case.name} — Backtrail`);
      if (this.folder !== null) {
        this.window.setRepresentedFilename(this.folder);
        app.addRecentDocument(this.folder);
      }
      this.#listener.onChange(this);
    }
    this.tell({ kind: "desk" });
  }

  #watchPage(): void {
    const { webContents } = this.window;
    webContents.on("did-finish-load", () => {
      this.#isLoaded = true;
      for (const event of this.#pending.splice(0)) this.tell(event);
    });
    webContents.on("did-start-navigation", ({ isMainFrame, isSameDocument }) => {
      if (isMainFrame && !isSameDocument) this.#isLoaded = false;
    });
    webContents.on("did-navigate-in-page", () => this.#listener.onChange(this));
    webContents.on("render-process-gone", (_event, { reason }) => {
      if (reason !== "clean-exit") void this.#pageLost(reason);
    });
    webContents.on("unresponsive", () => void this.#pageHangs());
  }

  /** The page lives in its address, so loading it again comes back to where one was. */
  async #pageLost(reason: string): Promise<void> {
    if (this.#pageRecovery.after(performance.now()) === "ask") {
      const text = `Its process ended several times (${reason}). The case is not touched by that.`;
      if (!(await this.#askToGoOn("The window stopped working", text))) return this.#end();
      this.#pageRecovery.forget();
    }
    this.window.webContents.reload();
  }

  async #pageHangs(): Promise<void> {
    if (await this.#askToGoOn("The window does not answer", "Loading it again comes back to the same place.", "Wait"))
      this.window.webContents.reload();
  }

  async #engineLost(code: number): Promise<void> {
    const folder = this.folder;
    this.window.setProgressBar(-1);
    if (this.#engineRecovery.after(performance.now()) === "ask") {
      const text = `It ended several times (code ${code}). What was journaled and analysed until then is in the case.`;
      if (!(await this.#askToGoOn("The engine of this window stopped", text))) return this.#end();
      this.#engineRecovery.forget();
    }
    this.#state = null;
    this.#engine = this.#startEngine();
    if (folder !== null) await this.open(folder);
    this.window.webContents.reload();
  }

  async #askToGoOn(message: string, detail: string, otherwise = "Close the window"): Promise<boolean> {
    const buttons = ["Load again", otherwise];
    const { response } = await dialog.showMessageBox(this.window, { type: "warning", message, detail, buttons });
    return response === 0;
  }

  #close(event: { preventDefault(): void }): void {
    const { analysis } = this.#state ?? {};
    if (analysis?.state !== "running" || this.#mayClose) return;
    event.preventDefault();
    void dialog
      .showMessageBox(this.window, {
        type: "question",
        message: `Captures are being read into ${analysis.name}`,
        detail: "Closing the window stops that; what was read until then stays in the case.",
        buttons: ["Go on reading", "Stop and close"],
        cancelId: 0,
      })
      .then(({ response }) => {
        if (response === 1) this.#end();
      });
  }

  #end(): void {
    this.#mayClose = true;
    this.window.close();
  }
}
