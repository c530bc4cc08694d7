import { shell } from "./client.ts";

/** Does what the desktop program's menu and links ask of the page. */
export function listenToShell(): void {
  shell?.on((event) => {
    if (event.kind === "go") window.location.hash = event.hash;
    // A menu item stands for a key of the window, so that both do the same.
    if (event.kind === "key") {
      const { key, ctrl: ctrlKey, shift: shiftKey } = event;
      window.dispatchEvent(new KeyboardEvent("keydown", { key, ctrlKey, shiftKey, cancelable: true }));
    }
  });
}
