import type { RpcInterface } from "./interfaces/interface.ts";

/** Results that say "done, and there is more" or "done in part". [MS-ERREF] 2.2, 2.3.1 */
const STILL_DONE: ReadonlySet<number> = new Set([
  0x0000007a, // ERROR_INSUFFICIENT_BUFFER: the client asks how much room the answer needs
  0x000000ea, // ERROR_MORE_DATA
  0x00000103, // ERROR_NO_MORE_ITEMS
  0x00000105, // STATUS_MORE_ENTRIES
  0x00000107, // STATUS_SOME_NOT_MAPPED
  0x8000001a, // STATUS_NO_MORE_ENTRIES
]);

/** What the return value of a call says about it. @param rpc null for an interface of a COM object without a name. */
export function outcomeOf(rpc: RpcInterface | null, status: number): "confirmed" | "refused" {
  if (status === 0 || STILL_DONE.has(status)) return "confirmed";
  if (rpc?.successes?.includes(status) === true) return "confirmed";
  // S_FALSE and other successes of an HRESULT have the highest bit clear.
  if ((rpc === null || rpc.isObject === true) && status < 0x80000000) return "confirmed";
  return "refused";
}
