import { rmSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Case } from "../../case/case.ts";
import type { CaseHandlers } from "../../contracts/api.ts";
import { BacktrailError, isProblem } from "../../contracts/result.ts";
import { withMachine } from "../../estate/scope-machine.ts";
import { RECORDING_FILES } from "../../record/segment-store.ts";
import { answer, apiHandlers } from "../window/api-handlers.ts";
import { scopeOf } from "../evaluate.ts";
import { readLines, type SocketCall } from "./call-socket.ts";

/**
 * Answers the calls of windows about a case that is being recorded: the analysis alone has it open. The socket lies in the case and is for
 * the account of the recording only.
 * @param again Asks for detections over all records, once those under way are done.
 */
export async function serveCalls(target: Case, again: () => void): Promise<{ close(): void }> {
  const path = join(target.folder, RECORDING_FILES.folder, RECORDING_FILES.calls);
  const handlers = whileRecording(target, again);
  rmSync(path, { force: true });
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => undefined); // a window that is gone
    socket.unref();
    readLines(socket, (line) => {
      const { id, method, arg } = parsed(line);
      void answer(handlers, method, arg).then((result) => socket.write(`${JSON.stringify({ id, result })}\n`));
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    const mask = process.umask(0o177);
    server.listen(path, resolve);
    process.umask(mask);
  });
  server.unref();
  return {
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** A window that comes before the first story waits so long for it. */
const FIRST_STORY_MS = 30_000;
const FIRST_STORY_POLL_MS = 200;

/** What would stop the analysis for long, or run beside it, is done otherwise or after the recording. */
function whileRecording(target: Case, again: () => void): CaseHandlers {
  const handlers = apiHandlers(target);
  const takeScope = (text: string | null): { readonly before: string | null } => {
    const before = target.scope();
    const next = text === null || text.trim() === "" ? null : text;
    scopeOf(next, "scope.yaml");
    target.setScope(next);
    again();
    return { before };
  };
  return {
    ...handlers,
    "case.view": async (arg) => {
      for (const until = performance.now() + FIRST_STORY_MS; ;) {
        try {
          return await handlers["case.view"](arg);
        } catch (error) {
          if (!isProblem(error, "no-story")) throw error;
          if (performance.now() > until)
            throw new BacktrailError(
              "no-story",
              "The case is being recorded, and what came so far has not been judged yet: try again in a moment.",
            );
          await sleep(FIRST_STORY_POLL_MS);
        }
      }
    },
    "scope.set": async ({ text }) => takeScope(text),
    "scope.machine": async (entry) => takeScope(withMachine(target.scope(), entry)),
    "case.verify": () => {
      throw new BacktrailError(
        "recording",
        "The case is being recorded: its segments are checked while it records with --verify-every, or here when recording has ended.",
      );
    },
  };
}

function parsed(line: string): Partial<SocketCall> {
  try {
    return JSON.parse(line) as Partial<SocketCall>;
  } catch {
    return {}; // refused as a call without a name
  }
}
