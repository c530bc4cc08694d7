// Runs in the sandbox before the page and is CommonJS, since a sandboxed preload cannot be a module. It may import
// nothing of ours (the sandbox has no require for files), so the channel's name stands here and in ipc.ts.
import { contextBridge, ipcRenderer } from "electron";

contextBridge.exposeInMainWorld("backtrail", {
  /** One call of core/contracts/api.ts; answers with a Result and never rejects for what the engine says. */
  call: (method: unknown, arg: unknown): Promise<unknown> => ipcRenderer.invoke("backtrail:call", method, arg),
});
