import type { ArgumentReader, RpcInterface } from "./interface.ts";
import { operations } from "./interface.ts";
import { endpointLabel } from "../object-names.ts";

const MOST_IIDS = 64;

/** [MS-DCOM] 3.1.1.5.6.1.1: an object, how many references, and which interfaces are wanted. */
const queryInterface: ArgumentReader = (ndr, call) => {
  ndr.uuid(); // Interface pointer
  ndr.u32(); // References
  ndr.u16(); // Interfaces
  const count = ndr.count();
  const wanted: string[] = [];
  for (let i = 0; i < count && i < MOST_IIDS; i++) {
    const iid = ndr.uuid();
    if (ndr.truncated) break;
    wanted.push(endpointLabel(iid));
  }
  if (wanted.length > 0) call.facts.detail = `interfaces ${wanted.join(" ")}`;
};

/** Reference counting of COM objects. [MS-DCOM] 3.1.1.5.6 */
export const iRemUnknown: RpcInterface = {
  uuid: "00000131-0000-0000-c000-000000000046",
  name: "IRemUnknown",
  operations: operations("QueryInterface AddRef Release RemQueryInterface RemAddRef RemRelease"),
  isObject: true,
  requests: { 3: queryInterface },
};

/** Reference counting of COM objects, second version. [MS-DCOM] 3.1.1.5.7 */
export const iRemUnknown2: RpcInterface = {
  uuid: "00000143-0000-0000-c000-000000000046",
  name: "IRemUnknown2",
  operations: operations("QueryInterface AddRef Release RemQueryInterface RemAddRef RemRelease RemQueryInterface2"),
  isObject: true,
  requests: { 3: queryInterface },
};
