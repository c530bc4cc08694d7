import { stringsIn } from "../string-scan.ts";
import type { ArgumentReader, CallView } from "./interface.ts";
import { operations } from "./interface.ts";

const MOST_NAMES = 64;

/** [MS-OAUT] 3.1.4.3: names that the caller wants numbers for. */
const namesOfIds: ArgumentReader = (ndr, call) => {
  ndr.uuid(); // Reserved
  const count = ndr.count();
  let present = 0;
  for (let i = 0; i < count && i < MOST_NAMES && !ndr.truncated; i++) if (ndr.pointer()) present++;
  const names: string[] = [];
  for (let i = 0; i < present; i++) {
    const name = ndr.wideString();
    if (ndr.truncated) break;
    names.push(name);
  }
  if (names.length > 0) call.facts.target = names.join(", ");
};

/** The numbers of those names: kept by object, so that a later call has its name. */
const idsOfNames: ArgumentReader = (ndr, call) => {
  const names = call.facts.target?.split(", ") ?? [];
  const count = ndr.count();
  for (let i = 0; i < Math.min(count, names.length); i++) {
    const id = ndr.u32();
    if (ndr.truncated) return;
    call.memory.set(memberKey(call, id), names[i]!);
  }
};

function memberKey(call: CallView, id: number): string {
  return `member ${call.object ?? ""} ${id}`;
}

/**
 * [MS-OAUT] 3.1.4.4: the arguments are variants, nested as the caller likes. Only their strings are taken, wherever
 * they stand; variants are marshalled last argument first, so the order is turned round.
 */
const invoke: ArgumentReader = (ndr, call) => {
  const id = ndr.u32();
  if (ndr.truncated) return;
  call.facts.target = call.memory.get(memberKey(call, id)) ?? `member ${id | 0}`;
  const strings = stringsIn(ndr);
  if (strings.length === 0) return;
  call.facts.command = strings.reverse().join(" ");
  call.facts.detail = "strings found in the arguments";
};

/** Automation of COM objects. [MS-OAUT] 3.1 */
export const iDispatch = {
  uuid: "00020400-0000-0000-c000-000000000046",
  name: "IDispatch",
  operations: operations("- - - GetTypeInfoCount GetTypeInfo GetIDsOfNames Invoke"),
  isObject: true,
  requests: { 5: namesOfIds, 6: invoke },
  responses: { 5: idsOfNames },
} as const;
