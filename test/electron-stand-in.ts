// What the shell uses of the electron module, for its tests: it notes what it is told and answers what the test lays down. What that
// cannot show is in docs/packaging.md.
import { EventEmitter } from "node:events";

type Handler = (...args: unknown[]) => unknown;

/** What the test lays down and looks at. */
export const fake = {
  /** What was called, with its arguments. */
  calls: [] as [string, ...unknown[]][],
  /** Handlers that were given, by channel or kind. */
  handlers: new Map<string, Handler>(),
  windows: [] as BrowserWindow[],
  engines: [] as FakeEngine[],
  /** Button that the next message box is answered with. */
  answer: 0,
  files: { canceled: true, filePaths: [] as string[] },
  saved: { canceled: true, filePath: "" },
  userData: "",
};

const note =
  (name: string) =>
  (...args: unknown[]) => {
    fake.calls.push([name, ...args]);
  };
const hold = (name: string) => (handler: Handler) => fake.handlers.set(name, handler);

class FakeSession extends EventEmitter {
  readonly webRequest = { onBeforeRequest: hold("request") };
  readonly protocol = { handle: (_scheme: string, handler: Handler) => fake.handlers.set("protocol", handler) };
  readonly setPermissionRequestHandler = hold("permission");
  readonly setPermissionCheckHandler = hold("permissionCheck");
  readonly setDevicePermissionHandler = hold("device");
}

let nextId = 1;

export class BrowserWindow extends EventEmitter {
  static readonly getAllWindows = () => fake.windows;
  static readonly getFocusedWindow = () => null;
  readonly webContents = Object.assign(new EventEmitter(), {
    id: nextId++,
    sent: [] as unknown[],
    send: (_channel: string, event: unknown) => this.webContents.sent.push(event),
    getURL: () => this.url,
    reload: note("reload"),
  });
  url = "";
  readonly options: { readonly webPreferences: object };
  constructor(options: { readonly webPreferences: object }) {
    super();
    this.options = options;
    fake.windows.push(this);
  }
  loadURL(url: string): Promise<void> {
    this.url = url;
    return Promise.resolve();
  }
  close(): void {
    let isPrevented = false;
    this.emit("close", { preventDefault: () => (isPrevented = true) });
    if (!isPrevented) this.emit("closed");
  }
  readonly show = note("show");
  readonly focus = note("focus");
  readonly maximize = note("maximize");
  readonly setTitle = note("title");
  readonly setProgressBar = note("progress");
  readonly setRepresentedFilename = note("represented");
  readonly isMaximized = () => false;
  readonly isMinimized = () => false;
  readonly getNormalBounds = () => ({ x: 1, y: 2, width: 1440, height: 900 });
}

export class FakeEngine extends EventEmitter {
  readonly sent: { readonly kind: string; readonly id: number }[] = [];
  readonly postMessage = (message: { kind: string; id: number }) => void this.sent.push(message);
}

export const app = Object.assign(new EventEmitter(), {
  commandLine: { appendSwitch: note("switch") },
  enableSandbox: note("enableSandbox"),
  requestSingleInstanceLock: () => true,
  whenReady: () => {
    fake.calls.push(["whenReady"]);
    return Promise.resolve();
  },
  quit: note("quit"),
  isPackaged: true,
  addRecentDocument: note("recent"),
  setAsDefaultProtocolClient: note("scheme"),
  getPath: () => fake.userData,
});

export const Menu = { setApplicationMenu: note("menu"), buildFromTemplate: (template: unknown) => template };

export const dialog = {
  showMessageBox: (...args: unknown[]) => {
    fake.calls.push(["message", args.at(-1)]);
    return Promise.resolve({ response: fake.answer });
  },
  showOpenDialog: () => Promise.resolve(fake.files),
  showSaveDialog: () => Promise.resolve(fake.saved),
};

export const screen = { getAllDisplays: () => [{ workArea: { x: 0, y: 0, width: 1920, height: 1040 } }] };

export const ipcMain = { handle: (channel: string, handler: Handler) => fake.handlers.set(channel, handler) };

export const protocol = { registerSchemesAsPrivileged: note("schemes") };

export const session = { defaultSession: new FakeSession() };

export const utilityProcess = {
  fork: (entry: string, args: string[]) => {
    fake.calls.push(["fork", entry, args]);
    const engine = new FakeEngine();
    fake.engines.push(engine);
    return engine;
  },
};
