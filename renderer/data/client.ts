import type { Api, ApiMethod, Call } from "../../core/contracts/api.ts";
import type { Result } from "../../core/contracts/result.ts";

/** What the Electron preload puts into the page; absent in a browser. */
interface Bridge {
  call(method: string, arg: unknown): Promise<Result<unknown>>;
}

declare global {
  interface Window {
    readonly backtrail?: Bridge;
  }
}

/** Calls the engine: over the preload's bridge in Electron, else over loopback HTTP. The only caller of either. */
export const call: Call = async <M extends ApiMethod>(method: M, arg: Api[M][0]) => {
  const answer = window.backtrail === undefined ? overHttp(method, arg) : window.backtrail.call(method, arg);
  return (await answer) as Result<Api[M][1]>;
};

async function overHttp(method: string, arg: unknown): Promise<Result<unknown>> {
  try {
    const response = await fetch(`api/${method}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(arg),
    });
    return (await response.json()) as Result<unknown>;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const message = `The engine does not answer (${reason}): look whether "backtrail serve" still runs, then reload the page.`;
    return { ok: false, error: { code: "unreachable", message } };
  }
}
