import { className } from "../class-ids.ts";
import type { ArgumentReader } from "./interface.ts";
import { operations } from "./interface.ts";

/** [MS-DCOM] 3.1.2.5.2.3.1: the class comes first. */
const activate: ArgumentReader = (ndr, call) => {
  const classId = ndr.uuid();
  if (ndr.truncated) return;
  call.facts.target = className(classId);
  call.facts.detail = `class ${classId}`;
};

/** Activation of COM objects, first version. [MS-DCOM] 3.1.2.5.2 */
export const iActivation = {
  uuid: "4d9f4ab8-7d1c-11cf-861e-0020af6e7c57",
  name: "IActivation",
  operations: operations("RemoteActivation"),
  isObject: true,
  requests: { 0: activate },
} as const;
