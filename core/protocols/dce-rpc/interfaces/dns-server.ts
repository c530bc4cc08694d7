import type { NdrReader } from "../ndr.ts";
import type { ArgumentReader } from "./interface.ts";
import { operations } from "./interface.ts";

/** Kinds of data of an operation whose text is shown. [MS-DNSP] 2.2.1.1.1 */
const TYPE_STRING = 2;
const TYPE_WIDE_STRING = 3;

/** Version and flags come first in the second form of each call. */
function skipVersion(ndr: NdrReader, hasVersion: boolean): void {
  if (!hasVersion) return;
  ndr.u32();
  ndr.u32();
}

/** [MS-DNSP] 3.1.4.1, 3.1.4.6: server, zone, context, operation, data. A plug-in that the server shall load is set so. */
const operation =
  (hasVersion: boolean): ArgumentReader =>
  (ndr, call) => {
    skipVersion(ndr, hasVersion);
    const server = ndr.uniqueWideString();
    const zone = ndr.uniqueNarrowString();
    ndr.u32(); // Context
    const name = ndr.uniqueNarrowString();
    const type = ndr.u32();
    if (ndr.truncated) return;
    call.facts.target = zone ?? server;
    call.facts.detail = name;
    ndr.count(); // Union tag
    if ((type !== TYPE_STRING && type !== TYPE_WIDE_STRING) || !ndr.pointer()) return;
    const value = type === TYPE_STRING ? ndr.narrowString() : ndr.wideString();
    if (!ndr.truncated) call.facts.command = value;
  };

/** [MS-DNSP] 3.1.4.2, 3.1.4.7: server, zone, then what is asked for. */
const query =
  (hasVersion: boolean): ArgumentReader =>
  (ndr, call) => {
    skipVersion(ndr, hasVersion);
    const server = ndr.uniqueWideString();
    const zone = ndr.uniqueNarrowString();
    const asked = ndr.uniqueNarrowString();
    if (ndr.truncated) return;
    call.facts.target = zone ?? server;
    call.facts.detail = asked;
  };

/** [MS-DNSP] 3.1.4.4, 3.1.4.5, 3.1.4.9, 3.1.4.10: server, zone, then the name in it. */
const records =
  (hasVersion: boolean, isUpdate: boolean): ArgumentReader =>
  (ndr, call) => {
    skipVersion(ndr, hasVersion);
    ndr.uniqueWideString();
    const zone = ndr.uniqueNarrowString();
    const node = isUpdate ? ndr.narrowString() : ndr.uniqueNarrowString();
    if (ndr.truncated) return;
    call.facts.target = [node, zone].filter((part) => part !== null && part !== "").join(" in ") || null;
    if (!isUpdate) return;
    const adds = ndr.pointer();
    if (!ndr.truncated) call.facts.detail = adds ? "add" : "delete";
  };

/** DNS server of a domain controller. [MS-DNSP] */
export const dnsServer = {
  uuid: "50abc2a4-574d-40b3-9d66-ee4fd5fba076",
  name: "dnsserver",
  pipes: ["dnsserver"],
  operations: operations(`
    DnssrvOperation DnssrvQuery DnssrvComplexOperation DnssrvEnumRecords DnssrvUpdateRecord DnssrvOperation2
    DnssrvQuery2 DnssrvComplexOperation2 DnssrvEnumRecords2 DnssrvUpdateRecord2`),
  requests: {
    0: operation(false),
    1: query(false),
    2: query(false),
    3: records(false, false),
    4: records(false, true),
    5: operation(true),
    6: query(true),
    7: query(true),
    8: records(true, false),
    9: records(true, true),
  },
} as const;
