import { readActivation, readRemUnknown } from "../activation.ts";
import { className } from "../class-ids.ts";
import type { ArgumentReader } from "./interface.ts";
import { REM_UNKNOWN2 } from "./i-object-exporter.ts";
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
    const names = interfaceIds.map((iid) => call.nameOf(iid));
    const asked = names.length === 0 ? "" : `, interfaces ${names.join(", ")}`;
    call.facts.detail = `class ${classId}${asked}${server === null ? "" : `, server ${server}`}`;
  };

/** The answer: activation properties again, with the IPID of the new object's IRemUnknown among them. */
const activated: ArgumentReader = (ndr, call) => {
  if (!ndr.pointer()) return;
  ndr.count();
  const octets = ndr.u32();
  if (ndr.truncated) return;
  const ipid = readRemUnknown(ndr.octets, Math.min(octets, ndr.left));
  if (ipid !== null) call.learnedObject(ipid, REM_UNKNOWN2);
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
  responses: { 3: activated, 4: activated },
} as const;
