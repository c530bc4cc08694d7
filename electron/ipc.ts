import type { WebFrameMain } from "electron";
import { ipcMain } from "electron";
import type { Api, ApiMethod } from "../core/contracts/api.ts";
import type { Result } from "../core/contracts/result.ts";
import { checkedCall } from "../core/engine/window/checked-call.ts";
import { APP_ORIGIN } from "./app-protocol.ts";

/** What answers the calls of one window. */
export interface CallTarget {
  call(method: ApiMethod, arg: Api[ApiMethod][0]): Promise<Result<unknown>>;
}

/** The one channel between page and main; preload.cts has the same name. */
export const CALL_CHANNEL = "backtrail:call";

/**
 * Answers the bridge's calls: only from the top frame of one of our windows while it shows our page, only names of the
 * Api, only arguments that fit. This file and preload.cts are the only users of Electron's raw IPC.
 * @param targetOf what answers the window with that webContents id; undefined if it has no case.
 */
export function answerCalls(targetOf: (webContentsId: number) => CallTarget | undefined): void {
  ipcMain.handle(CALL_CHANNEL, async (event, method: unknown, arg: unknown): Promise<Result<unknown>> => {
    const target = isOurPage(event.senderFrame, event.sender.mainFrame) ? targetOf(event.sender.id) : undefined;
    if (target === undefined) return { ok: false, error: { code: "wrong-sender", message: "This page may not call." } };
    const checked = checkedCall(method, arg);
    return checked.ok ? target.call(checked.value.method, checked.value.arg) : checked;
  });
}

function isOurPage(frame: WebFrameMain | null, main: WebFrameMain): boolean {
  if (frame === null || frame !== main) return false;
  return frame.url === APP_ORIGIN || frame.url.startsWith(`${APP_ORIGIN}/`);
}
