import { join, resolve } from "node:path";
import type { MessageBoxOptions, OpenDialogOptions } from "electron";
import { app, BrowserWindow, dialog, screen } from "electron";
import type { CaseLink } from "../core/contracts/case-link.ts";
import { linkPlace } from "../core/contracts/case-link.ts";
import type { Result } from "../core/contracts/result.ts";
import type { RecentCase, ShellApi, ShellMethod } from "../core/contracts/shell.ts";
import { casesFolder } from "../core/engine/window/cases-folder.ts";
import type { WindowListener } from "./case-window.ts";
import { CaseWindow } from "./case-window.ts";
import type { CallTarget } from "./ipc.ts";
import type { Opening } from "./opening.ts";
import { sortPaths } from "./opening.ts";
import { openInWireshark, savePackets } from "./packet-export.ts";
import { findWireshark } from "./wireshark.ts";
import type { KeptWindow, WindowPlace } from "./window-state.ts";
import { fitToScreens, forget, keep, readPlace, readWindows } from "./window-state.ts";

const OPEN_CASE: OpenDialogOptions = {
  title: "Open case",
  buttonLabel: "Open",
  message: "A case is a folder with a case.json",
  properties: ["openDirectory"],
};

const OPEN_CAPTURES: OpenDialogOptions = {
  title: "Open captures",
  buttonLabel: "Open",
  properties: ["openFile", "multiSelections"],
  filters: [
    { name: "Captures", extensions: ["pcap", "pcapng", "cap", "ntar", "gz", "zst", "lz4"] },
    { name: "All files", extensions: ["*"] },
  ],
};

const DONE = { ok: true, value: null } as const;

/** All windows, and what is kept of them for the next start. */
export class CaseWindows implements WindowListener {
  readonly #open = new Map<number, CaseWindow>();
  readonly #onRecent: (cases: readonly RecentCase[]) => void;

  /** @param onRecent Told which cases the menu shall show. */
  constructor(onRecent: (cases: readonly RecentCase[]) => void) {
    this.#onRecent = onRecent;
  }

  /** What answers the page with that webContents id. */
  targetOf(webContentsId: number): CallTarget | undefined {
    return this.#open.get(webContentsId);
  }

  /** The window in front, else any, else none. */
  get current(): CaseWindow | undefined {
    const focused = BrowserWindow.getFocusedWindow();
    return (focused === null ? undefined : this.#open.get(focused.webContents.id)) ?? [...this.#open.values()].at(-1);
  }

  create(kept?: KeptWindow): CaseWindow {
    const areas = screen.getAllDisplays().map(({ workArea }) => workArea);
    const place = fitToScreens(kept?.place ?? this.#nextPlace(), areas);
    const made = new CaseWindow(place, kept?.hash ?? "", casesFolder(), this);
    this.#open.set(made.window.webContents.id, made);
    return made;
  }

  /** Brings back the windows that were open when the program was lost. @returns false if there were none. */
  async restore(): Promise<boolean> {
    const kept = readWindows(this.#windowsFile);
    for (const each of kept) {
      const made = this.create(each);
      if (each.folder !== null) await made.open(each.folder);
    }
    return kept.length > 0;
  }

  /** Shows what a start, another program or a drop asks for. */
  async show({ cases, captures, links, missing }: Opening): Promise<void> {
    for (const folder of cases) await this.openCase(folder);
    for (const link of links) await this.#openLink(link);
    if (captures.length > 0) await this.#offer(this.current ?? this.create(), captures);
    if (missing.length > 0)
      await (this.current ?? this.create()).say("Not found", `Nothing can be opened at ${missing.join(", ")}.`);
  }

  /** Shows the window of a case; else opens it in the window in front if that is free, else in a new one. */
  async openCase(folder: string, hash = ""): Promise<void> {
    const path = resolve(folder);
    const already = [...this.#open.values()].find((each) => each.folder === path);
    const target = already ?? (this.current?.isFree === true ? this.current : this.create());
    if (already === undefined && !(await target.open(path))) return;
    if (hash !== "") target.tell({ kind: "go", hash });
    target.focus();
  }

  /** Asks for a case folder and opens it. */
  async askCase(): Promise<void> {
    const [folder] = await this.#ask(OPEN_CASE);
    if (folder !== undefined) await this.openCase(folder);
  }

  /** Asks for captures and offers them in the window in front. */
  async askCaptures(): Promise<void> {
    const paths = await this.#ask(OPEN_CAPTURES);
    if (paths.length > 0) await this.#offer(this.current ?? this.create(), paths);
  }

  /** The program ends as it was asked to: the next start begins afresh. */
  end(): void {
    forget(this.#windowsFile);
  }

  onChange(changed: CaseWindow): void {
    keep(this.#placeFile, changed.place);
    this.#keepWindows();
  }

  onClosed(closed: CaseWindow): void {
    for (const [id, each] of this.#open) if (each === closed) this.#open.delete(id);
    this.#keepWindows();
  }

  async drop(window: CaseWindow, paths: readonly string[]): Promise<Result<unknown>> {
    const { cases, captures, missing } = sortPaths(paths.map((path) => resolve(path)));
    for (const folder of cases) await this.openCase(folder);
    if (captures.length > 0) await this.#offer(window, captures);
    if (missing.length > 0) await window.say("Not found", `Nothing can be opened at ${missing.join(", ")}.`);
    return DONE;
  }

  async shell<M extends ShellMethod>(window: CaseWindow, method: M, arg: ShellApi[M][0]): Promise<Result<unknown>> {
    const handlers: { readonly [N in ShellMethod]: (arg: ShellApi[N][0]) => Promise<Result<ShellApi[N][1]>> } = {
      "shell.state": () =>
        Promise.resolve({ ok: true, value: { platform: process.platform, wireshark: findWireshark() !== null } }),
      "shell.openCase": async ({ folder }) => {
        await (folder === null ? this.askCase() : this.openCase(folder));
        return DONE;
      },
      "shell.chooseCaptures": async () => {
        await this.askCaptures();
        return DONE;
      },
      "shell.recent": ({ cases }) => {
        this.#onRecent(cases);
        return Promise.resolve(DONE);
      },
      "shell.openInWireshark": ({ subject, whole }) => openInWireshark(window.engine, subject, whole),
      "shell.savePackets": ({ subject, whole }) => savePackets(window.window, window.engine, subject, whole),
    };
    return handlers[method](arg);
  }

  /** Opens a link's case; a web page may have given it, so it is asked first unless the case is open already. */
  async #openLink(link: CaseLink): Promise<void> {
    const isOpen = [...this.#open.values()].some(({ folder }) => folder === resolve(link.folder));
    if (!isOpen) {
      const question: MessageBoxOptions = {
        type: "question",
        message: "A link asks to open a case",
        detail: link.folder,
        buttons: ["Open", "Cancel"],
        defaultId: 1,
        cancelId: 1,
      };
      if ((await dialog.showMessageBox(question)).response !== 0) return;
    }
    await this.openCase(link.folder, linkPlace(link));
  }

  async #offer(target: CaseWindow, paths: readonly string[]): Promise<void> {
    const result = await target.engine.order({ kind: "offer", paths });
    if (!result.ok) await target.say("The captures cannot be opened", result.error.message);
    target.focus();
  }

  async #ask(options: OpenDialogOptions): Promise<readonly string[]> {
    const parent = this.current?.window;
    const asked = parent === undefined ? dialog.showOpenDialog(options) : dialog.showOpenDialog(parent, options);
    const { canceled, filePaths } = await asked;
    return canceled ? [] : filePaths;
  }

  /** Where a new window goes: beside the one in front, else where the last one was. */
  #nextPlace(): WindowPlace {
    const { current } = this;
    if (current === undefined) return readPlace(this.#placeFile);
    const { x = 0, y = 0, ...size } = current.place;
    return { ...size, maximized: false, x: x + 24, y: y + 24 };
  }

  #keepWindows(): void {
    keep(
      this.#windowsFile,
      [...this.#open.values()].map(({ kept }) => kept),
    );
  }

  get #windowsFile(): string {
    return join(app.getPath("userData"), "windows.json");
  }

  get #placeFile(): string {
    return join(app.getPath("userData"), "window.json");
  }
}
