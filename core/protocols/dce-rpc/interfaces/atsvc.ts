import type { ArgumentReader } from "./interface.ts";
import { operations, serverFirst } from "./interface.ts";

/** [MS-TSCH] 3.2.5.2.1: the server's name, then AT_INFO (2.3.6) with the command line behind it. */
const addJob: ArgumentReader = (ndr, call) => {
  call.facts.target = ndr.uniqueWideString();
  const milliseconds = ndr.u32();
  ndr.u32(); // Days of the month
  ndr.u8(); // Days of the week
  ndr.u8(); // Flags
  if (!ndr.pointer()) return;
  const command = ndr.wideString();
  if (ndr.truncated) return;
  call.facts.command = command;
  const minutes = Math.floor(milliseconds / 60_000);
  call.facts.detail = `at ${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
};

function two(value: number): string {
  return String(value).padStart(2, "0");
}

/** Jobs of the at command. [MS-TSCH] 3.2.5.2 */
export const atsvc = {
  uuid: "1ff70682-0a51-30e8-076d-740be8cee98b",
  name: "atsvc",
  operations: operations("NetrJobAdd NetrJobDel NetrJobEnum NetrJobGetInfo"),
  requests: { 0: addJob, 1: serverFirst, 2: serverFirst, 3: serverFirst },
} as const;
