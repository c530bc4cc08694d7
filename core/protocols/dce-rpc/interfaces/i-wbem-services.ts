import type { NdrReader } from "../ndr.ts";
import { readObjectReference } from "../wmi-object.ts";
import type { ArgumentReader } from "./interface.ts";
import { forAll, operations } from "./interface.ts";

/** Longest text of a class or path that is followed. */
const LONGEST = 65_536;

/** BSTR as a parameter: a pointer, then FLAGGED_WORD_BLOB. [MS-OAUT] 2.2.23 */
export function bstr(ndr: NdrReader): string | null {
  if (!ndr.pointer()) return null;
  const conformance = ndr.count();
  const octets = ndr.u32();
  const characters = ndr.u32();
  if (octets === 0xffffffff || conformance > LONGEST) return null;
  ndr.align(2);
  const text = ndr.octets.utf16le(characters * 2);
  return ndr.truncated ? null : text.replace(/(?<!\0)\0+$/, "");
}

/** A path or class name comes first. [MS-WMI] 3.1.4.3 */
const pathFirst: ArgumentReader = (ndr, call) => {
  call.facts.target = bstr(ndr);
};

/** [MS-WMI] 3.1.4.3.18: the language, then the query. */
const query: ArgumentReader = (ndr, call) => {
  bstr(ndr);
  call.facts.command = bstr(ndr);
};

/** [MS-WMI] 3.1.4.3.22: object path, method, flags, context, then the arguments as an instance. */
const execMethod: ArgumentReader = (ndr, call) => {
  const path = bstr(ndr);
  const method = bstr(ndr);
  ndr.u32(); // Flags
  if (path === null || ndr.truncated) return;
  call.facts.target = method === null ? path : `${path}.${method}`;
  if (ndr.pointer()) skipReference(ndr);
  if (!ndr.pointer()) return;
  ndr.count();
  const octets = ndr.u32();
  if (ndr.truncated) return;
  const object = readObjectReference(ndr.octets, Math.min(octets, ndr.left));
  if (object === null) return;
  const commandLine = object.values.find(({ name }) => name.toLowerCase() === "commandline");
  call.facts.command = commandLine?.value ?? null;
  const others = object.values.filter((value) => value !== commandLine).map(({ name, value }) => `${name}=${value}`);
  if (others.length > 0) call.facts.detail = others.join(", ");
};

/** [MS-WMI] 3.1.4.3.12: an instance, by its class and values. */
const putInstance: ArgumentReader = (ndr, call) => {
  if (!ndr.pointer()) return;
  ndr.count();
  const octets = ndr.u32();
  if (ndr.truncated) return;
  const object = readObjectReference(ndr.octets, Math.min(octets, ndr.left));
  if (object === null) return;
  call.facts.target = object.className;
  if (object.values.length > 0) {
    call.facts.detail = object.values.map(({ name, value }) => `${name}=${value}`).join(", ");
  }
};

/** MInterfacePointer whose content does not matter. [MS-DCOM] 2.2.14 */
function skipReference(ndr: NdrReader): void {
  ndr.count();
  const octets = ndr.u32();
  ndr.skip(octets);
}

/** Queries, instances and methods of WMI. [MS-WMI] 3.1.4.3 */
export const iWbemServices = {
  uuid: "9556dc99-828c-11cf-a37e-00aa003240c7",
  name: "IWbemServices",
  // Numbers 16 and 17 are DeleteInstance and DeleteInstanceAsync by the specification; Zeek's names are kept.
  operations: operations(`
    - - - OpenNamespace CancelAsyncCall QueryObjectSink GetObject GetObjectAsync PutClass PutClassAsync DeleteClass
    DeleteClassAsync CreateClassEnum CreateClassEnumAsync PutInstance PutInstanceAsync DeleteClass DeleteClassAsync
    CreateInstanceEnum CreateInstanceEnumAsync ExecQuery ExecQueryAsync ExecNotificationQuery
    ExecNotificationQueryAsync ExecMethod ExecMethodAsync`),
  isObject: true,
  requests: {
    ...forAll([3, 6, 7, 10, 11, 12, 13, 16, 17, 18, 19], pathFirst),
    ...forAll([20, 21, 22, 23], query),
    ...forAll([14, 15], putInstance),
    ...forAll([24, 25], execMethod),
  },
} as const;
