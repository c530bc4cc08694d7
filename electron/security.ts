import type { Session, WebContents, WebPreferences } from "electron";
import { APP_ORIGIN } from "./app-protocol.ts";

/** What a page of ours runs with: no Node, its own world, the sandbox. */
export function pagePreferences(preload: string): WebPreferences {
  return {
    preload,
    sandbox: true,
    contextIsolation: true,
    nodeIntegration: false,
    nodeIntegrationInWorker: false,
    nodeIntegrationInSubFrames: false,
    webSecurity: true,
    allowRunningInsecureContent: false,
    webviewTag: false,
    navigateOnDragDrop: false,
    spellcheck: false, // the spelling dictionaries would be fetched from the network
  };
}

/** The one permission a page of ours may have: putting text that a person copies onto the clipboard. */
const PERMITTED = "clipboard-sanitized-write";

/** No network and no permissions: requests to anything but app: end here, and questions are answered with no. */
export function lockSession(session: Session): void {
  session.webRequest.onBeforeRequest((details, decide) => decide({ cancel: !mayBeLoaded(details.url) }));
  session.setPermissionRequestHandler((contents, permission, decide) =>
    decide(permission === PERMITTED && isOurs(contents.getURL())),
  );
  session.setPermissionCheckHandler(
    (_contents, permission, origin) => (permission as string) === PERMITTED && isOurs(origin.replace(/\/$/, "")),
  );
  session.setDevicePermissionHandler(() => false);
  session.on("will-download", (event, item) => {
    // A figure or table that the page made: the system asks where to save it.
    if (!isOwnBlob(item.getURL())) return event.preventDefault();
    item.setSaveDialogOptions({ title: "Save", defaultPath: item.getFilename() });
  });
}

/** A page stays where it is: no navigation elsewhere, no other windows, no embedded pages, no way around the proxy. */
export function lockContents(contents: WebContents): void {
  contents.setWebRTCIPHandlingPolicy("disable_non_proxied_udp");
  contents.on("will-navigate", (event) => {
    if (!isOurs(event.url)) event.preventDefault();
  });
  contents.on("will-redirect", (event) => event.preventDefault());
  contents.on("will-frame-navigate", (event) => {
    if (!event.isMainFrame || !isOurs(event.url)) event.preventDefault();
  });
  contents.on("will-attach-webview", (event) => event.preventDefault());
  contents.setWindowOpenHandler(() => ({ action: "deny" }));
}

/** True for addresses that a request may go to: our own page's files, and what the page itself made. */
export function mayBeLoaded(url: string): boolean {
  return isOurs(url) || isOwnBlob(url);
}

function isOwnBlob(url: string): boolean {
  return url.startsWith(`blob:${APP_ORIGIN}/`);
}

/** True for our page's address. */
export function isOurs(url: string): boolean {
  return url === APP_ORIGIN || url.startsWith(`${APP_ORIGIN}/`);
}
