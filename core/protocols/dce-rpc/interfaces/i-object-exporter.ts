import type { ArgumentReader, CallView } from "./interface.ts";
import { operations } from "./interface.ts";

/** The interface that every object exporter has for its objects' references. */
export const REM_UNKNOWN2 = "00000143-0000-0000-c000-000000000046";

/** Longest list of bindings, in 16-bit units. */
const LONGEST_BINDINGS = 4096;

/** [MS-DCOM] 3.1.2.5.1.1: bindings of the exporter, then the IPID of its IRemUnknown. */
const resolved: ArgumentReader = (ndr, call) => {
  if (!ndr.pointer()) return;
  const entries = ndr.count();
  ndr.u16();
  ndr.u16();
  if (entries > LONGEST_BINDINGS) return;
  ndr.skip(entries * 2);
  learn(ndr.uuid(), ndr.truncated, call);
};

function learn(ipid: string, isTruncated: boolean, call: CallView): void {
  if (!isTruncated) call.learnedObject(ipid, REM_UNKNOWN2);
}

/** Resolution and upkeep of object references. [MS-DCOM] 3.1.2.5.1 */
export const iObjectExporter = {
  uuid: "99fcfec4-5260-101b-bbcb-00aa0021347a",
  name: "IObjectExporter",
  operations: operations("ResolveOxid SimplePing ComplexPing ServerAlive ResolveOxid2 ServerAlive2"),
  responses: { 0: resolved, 4: resolved },
} as const;
