// Runs in the sandbox before the page and is CommonJS, since a sandboxed preload cannot be a module. It may import
// nothing of ours (the sandbox has no require for files), so the channels' names stand here and in ipc.ts.
import type { IpcRendererEvent } from "electron";
import { contextBridge, ipcRenderer, webUtils } from "electron";

type File = Parameters<typeof webUtils.getPathForFile>[0];

contextBridge.exposeInMainWorld("backtrail", {
  /** One call of core/contracts/api.ts or shell.ts; answers with a Result and never rejects for what the engine says. */
  call: (method: unknown, arg: unknown): Promise<unknown> => ipcRenderer.invoke("backtrail:call", method, arg),
  /**
   * Offers files that a person dropped. The page gives File objects and never paths: one that was not dropped or chosen here has
   * an empty path.
   */
  drop: (files: readonly File[]): Promise<unknown> => {
    const paths = files.map((file) => webUtils.getPathForFile(file)).filter((path) => path !== "");
    return ipcRenderer.invoke("backtrail:drop", paths);
  },
  /** Tells `listener` what core/contracts/shell.ts calls a ShellEvent. @returns what ends that. */
  on: (listener: (event: unknown) => void): (() => void) => {
    const forward = (_event: IpcRendererEvent, told: unknown) => listener(told);
    ipcRenderer.on("backtrail:event", forward);
    return () => ipcRenderer.off("backtrail:event", forward);
  },
});
