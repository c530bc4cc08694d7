import type { IpcMainInvokeEvent } from "electron";
import { ipcMain } from "electron";
import { z } from "zod";
import type { Api, ApiMethod } from "../core/contracts/api.ts";
import { PATH } from "../core/contracts/desk.ts";
import type { Result } from "../core/contracts/result.ts";
import type { ShellApi, ShellMethod } from "../core/contracts/shell.ts";
import { SHELL_ARGS } from "../core/contracts/shell.ts";
import { checkedCall } from "../core/engine/window/checked-call.ts";
import { isOurs } from "./security.ts";

/** What answers the calls of one window. */
export interface CallTarget {
  call(method: ApiMethod, arg: Api[ApiMethod][0]): Promise<Result<unknown>>;
  shell<M extends ShellMethod>(method: M, arg: ShellApi[M][0]): Promise<Result<unknown>>;
  /** Files that were dropped on the page, whose paths the preload asked Chromium for. */
  drop(paths: readonly string[]): Promise<Result<unknown>>;
}

/** Channels between page and main; preload.cts has the same names. */
export const CHANNELS = { call: "backtrail:call", drop: "backtrail:drop", event: "backtrail:event" } as const;

const DROPPED = z.array(PATH).min(1).max(10_000);

/**
 * Answers the bridge's calls: only from the top frame of one of our windows while it shows our page, only names of the
 * Api and the ShellApi, only arguments that fit. This file, case-window.ts (which sends) and preload.cts are the only users of
 * Electron's raw IPC.
 * @param targetOf what answers the window with that webContents id; undefined for other contents.
 */
export function answerCalls(targetOf: (webContentsId: number) => CallTarget | undefined): void {
  const sender = (event: IpcMainInvokeEvent) => (isOurPage(event) ? targetOf(event.sender.id) : undefined);
  ipcMain.handle(CHANNELS.call, async (event, method: unknown, arg: unknown): Promise<Result<unknown>> => {
    const target = sender(event);
    if (target === undefined) return WRONG_SENDER;
    if (isShellMethod(method)) {
      const parsed = SHELL_ARGS[method].safeParse(arg);
      return parsed.success ? target.shell(method, parsed.data) : badArgument(method, parsed.error);
    }
    const checked = checkedCall(method, arg);
    return checked.ok ? target.call(checked.value.method, checked.value.arg) : checked;
  });
  ipcMain.handle(CHANNELS.drop, async (event, paths: unknown): Promise<Result<unknown>> => {
    const target = sender(event);
    if (target === undefined) return WRONG_SENDER;
    const parsed = DROPPED.safeParse(paths);
    return parsed.success ? target.drop(parsed.data) : badArgument("drop", parsed.error);
  });
}

const WRONG_SENDER: Result<unknown> = {
  ok: false,
  error: { code: "wrong-sender", message: "This page may not call." },
};

function badArgument(name: string, error: z.ZodError): Result<unknown> {
  const message = `The argument of ${name} does not fit: ${error.issues[0]?.message ?? "unknown reason"}.`;
  return { ok: false, error: { code: "bad-argument", message } };
}

function isShellMethod(method: unknown): method is ShellMethod {
  return typeof method === "string" && Object.hasOwn(SHELL_ARGS, method);
}

function isOurPage({ senderFrame, sender }: IpcMainInvokeEvent): boolean {
  return senderFrame !== null && senderFrame === sender.mainFrame && isOurs(senderFrame.url);
}
