import type { ArgumentReader } from "./interface.ts";
import { operations } from "./interface.ts";

/** Most octets read of the attributes of a request. */
const MOST_ATTRIBUTES = 4096;

/** [MS-ICPR] 3.2.4.1.1: flags, authority, request number, attributes ("CertificateTemplate:User", "SAN:upn=…"), the request itself. */
const certServerRequest: ArgumentReader = (ndr, call) => {
  ndr.u32(); // Flags
  call.facts.target = ndr.uniqueWideString();
  ndr.u32(); // Request number
  const octets = ndr.u32();
  if (!ndr.pointer() || octets > MOST_ATTRIBUTES) return;
  ndr.count();
  const text = ndr.octets.utf16le(Math.min(octets, ndr.left)).replace(/(?<!\0)\0+$/, "");
  if (text !== "") call.facts.detail = text.trim().replaceAll(/\r?\n/g, ", ");
};

/** Certificate enrolment. [MS-ICPR] */
export const iCertPassage = {
  uuid: "91ae6020-9e3c-11cf-8d7c-00aa00c091be",
  name: "ICertPassage",
  pipes: ["cert"],
  operations: operations("CertServerRequest"),
  requests: { 0: certServerRequest },
} as const;
