import { readActivation } from "../activation.ts";
import { className } from "../class-ids.ts";
import type { ArgumentReader } from "./interface.ts";
import { operations } from "./interface.ts";

/** [MS-DCOM] 3.1.2.5.2.3.2: [pointer to the outer object,] activation properties as an object reference. */
const activate =
  (hasOuter: boolean): ArgumentReader =>
  (ndr, call) => {
    if (hasOuter && ndr.pointer()) return;
    if (!ndr.pointer()) return;
    ndr.count();
    const octets = ndr.u32();
    if (ndr.truncated) return;
    const activation = readActivation(ndr.octets, Math.min(octets, ndr.left));
    if (activation === null) return;
    const { classId, interfaceIds, server } = activation;
    call.facts.target = className(classId);
    const asked = interfaceIds.length === 0 ? "" : `, interfaces ${interfaceIds.join(" ")}`;
    call.facts.detail = `class ${classId}${asked}${server === null ? "" : `, server ${server}`}`;
  };

/** Activation of COM objects. [MS-DCOM] 3.1.2.5.2 */
export const iRemoteScmActivator = {
  uuid: "000001a0-0000-0000-c000-000000000046",
  name: "IRemoteSCMActivator",
  operations: operations(`
    QueryInterfaceIRemoteSCMActivator AddRefIRemoteISCMActivator ReleaseIRemoteISCMActivator RemoteGetClassObject
    RemoteCreateInstance`),
  isObject: true,
  requests: { 3: activate(false), 4: activate(true) },
} as const;
