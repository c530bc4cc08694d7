import { readFile } from "node:fs/promises";
import type { Session } from "electron";
import { protocol } from "electron";
import { windowFile, WINDOW_HEADERS } from "../core/engine/window/window-files.ts";

const SCHEME = "app";
/** Where the window's page lives; nothing else is ever loaded. */
export const APP_ORIGIN = `${SCHEME}://backtrail`;

/** Makes app: a secure origin of its own. Call before Electron is ready. */
export function announceAppProtocol(): void {
  protocol.registerSchemesAsPrivileged([
    { scheme: SCHEME, privileges: { standard: true, secure: true, supportFetchAPI: true, corsEnabled: false } },
  ]);
}

/** Serves the built window in `folder` as app://backtrail/, read-only, with the same headers as the loopback server. */
export function serveAppProtocol(session: Session, folder: string): void {
  session.protocol.handle(SCHEME, async (request) => {
    const url = new URL(request.url);
    const isOurs = request.method === "GET" && url.host === "backtrail";
    const found = isOurs ? windowFile(folder, url.pathname) : null;
    if (found === null) return new Response("Not found.", { status: 404, headers: WINDOW_HEADERS });
    return new Response(await readFile(found.file), { headers: { ...WINDOW_HEADERS, "content-type": found.type } });
  });
}
