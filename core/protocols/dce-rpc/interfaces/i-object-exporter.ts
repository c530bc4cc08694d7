import { operations } from "./interface.ts";

/** Resolution and upkeep of object references. [MS-DCOM] 3.1.2.5.1 */
export const iObjectExporter = {
  uuid: "99fcfec4-5260-101b-bbcb-00aa0021347a",
  name: "IObjectExporter",
  operations: operations("ResolveOxid SimplePing ComplexPing ServerAlive ResolveOxid2 ServerAlive2"),
} as const;
