import type { NdrReader } from "../ndr.ts";
import type { ArgumentReader, CallView, RpcInterface } from "./interface.ts";
import { operations } from "./interface.ts";

const MOST_IIDS = 64;
/** Key in the association's memory of the interfaces that the last query asked for. */
const ASKED = "queried interfaces";

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
    wanted.push(iid);
  }
  if (wanted.length === 0) return;
  call.facts.target = wanted.map((iid) => call.nameOf(iid)).join(", ");
  call.memory.set(ASKED, wanted.join(" "));
};

/** REMQIRESULT of each interface that was asked for. [MS-DCOM] 2.2.24 */
const interfacesFound: ArgumentReader = (ndr, call) => {
  const asked = call.memory.get(ASKED)?.split(" ") ?? [];
  if (!ndr.pointer()) return;
  const count = ndr.count();
  for (let i = 0; i < Math.min(count, asked.length); i++) readResult(ndr, asked[i]!, call);
};

function readResult(ndr: NdrReader, iid: string, call: CallView): void {
  ndr.align(8);
  const result = ndr.u32();
  ndr.align(8);
  ndr.skip(24); // Flags, references, object exporter, object
  const ipid = ndr.uuid();
  if (!ndr.truncated && result === 0) call.learnedObject(ipid, iid);
}

/** Reference counting of COM objects. [MS-DCOM] 3.1.1.5.6 */
export const iRemUnknown: RpcInterface = {
  uuid: "00000131-0000-0000-c000-000000000046",
  name: "IRemUnknown",
  operations: operations("- - - RemQueryInterface RemAddRef RemRelease"),
  isObject: true,
  requests: { 3: queryInterface },
  responses: { 3: interfacesFound },
};

/** Reference counting of COM objects, second version. [MS-DCOM] 3.1.1.5.7 */
export const iRemUnknown2: RpcInterface = {
  uuid: "00000143-0000-0000-c000-000000000046",
  name: "IRemUnknown2",
  operations: operations("QueryInterface AddRef Release RemQueryInterface RemAddRef RemRelease RemQueryInterface2"),
  isObject: true,
  requests: { 3: queryInterface },
  responses: { 3: interfacesFound },
};
