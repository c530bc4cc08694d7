import type { MenuItemConstructorOptions } from "electron";
import type { RecentCase, ShellEvent } from "../core/contracts/shell.ts";
import { VIEWS } from "../core/contracts/views.ts";

/** What menu items do. */
export interface MenuActions {
  newWindow(): void;
  openCase(): void;
  openCaptures(): void;
  openRecent(folder: string): void;
  /** Tells the window in front. */
  tell(event: ShellEvent): void;
}

/** Views with a key of their own, in the order of their keys 1 to 9 and 0. */
const KEYED_VIEWS = VIEWS.slice(0, 10);

/** The application menu. It has nothing of its own: each item is a key of the window, or a dialog of the system. */
export function menuTemplate(
  platform: NodeJS.Platform,
  actions: MenuActions,
  recent: readonly RecentCase[],
): MenuItemConstructorOptions[] {
  const isMac = platform === "darwin";
  return [
    ...(isMac ? [{ role: "appMenu" as const }] : []),
    { label: "&File", submenu: fileItems(isMac, actions, recent) },
    {
      label: "&Edit",
      submenu: [
        { role: "undo" },
        { role: "redo" },
        { type: "separator" },
        { role: "cut" },
        { role: "copy" },
        { role: "paste" },
        { role: "selectAll" },
        { type: "separator" },
        keyItem(actions, "&Filter", "CmdOrCtrl+L", "/"),
      ],
    },
    {
      label: "&View",
      submenu: [
        // Ctrl+0 is the zoom's, everywhere.
        ...KEYED_VIEWS.map((name, i) =>
          keyItem(actions, name, i < 9 ? `CmdOrCtrl+${i + 1}` : null, String((i + 1) % 10)),
        ),
        { type: "separator" },
        keyItem(actions, "&Inspector", "CmdOrCtrl+I", "i"),
        { type: "separator" },
        { role: "reload" },
        { role: "resetZoom" },
        { role: "zoomIn" },
        { role: "zoomOut" },
        { role: "togglefullscreen" },
      ],
    },
    {
      label: "&Go",
      submenu: [
        keyItem(actions, "&Next finding", "CmdOrCtrl+]", "]"),
        keyItem(actions, "&Previous finding", "CmdOrCtrl+[", "["),
        { type: "separator" },
        // The page hears this key itself; the menu only shows it.
        {
          ...keyItem(actions, "&Everything by name…", "CmdOrCtrl+K", "k", { ctrl: true, shift: false }),
          registerAccelerator: false,
        },
      ],
    },
    { role: "windowMenu" },
    { role: "help", submenu: [keyItem(actions, "&Shortcuts", "F1", "?")] },
  ];
}

function fileItems(isMac: boolean, actions: MenuActions, recent: readonly RecentCase[]): MenuItemConstructorOptions[] {
  return [
    { label: "&New window", accelerator: "CmdOrCtrl+Shift+N", click: () => actions.newWindow() },
    { type: "separator" },
    { label: "&Open case…", accelerator: "CmdOrCtrl+O", click: () => actions.openCase() },
    { label: "Open &captures…", accelerator: "CmdOrCtrl+Shift+O", click: () => actions.openCaptures() },
    {
      label: "Open &recent",
      enabled: recent.length > 0,
      submenu: recent.map(({ folder, name }) => ({
        label: labelOf(`${name} (${folder})`),
        click: () => actions.openRecent(folder),
      })),
    },
    { type: "separator" },
    { role: "close" },
    ...(isMac ? [] : [{ role: "quit" as const, accelerator: "CmdOrCtrl+Q" }]),
  ];
}

function keyItem(
  actions: MenuActions,
  label: string,
  accelerator: string | null,
  key: string,
  held = { ctrl: false, shift: false },
): MenuItemConstructorOptions {
  return {
    label,
    ...(accelerator !== null && { accelerator }),
    click: () => actions.tell({ kind: "key", key, ...held }),
  };
}

/** Text in a menu: an ampersand there would underline the next letter; case names may hold anything. */
function labelOf(text: string): string {
  const plain = text.replace(/[\u0000-\u001f\u007f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, "·").replaceAll("&", "&&");
  return plain.length <= 120 ? plain : `${plain.slice(0, 119)}…`;
}
