import { createHash } from "node:crypto";

/** Name-based UUID (version 5, SHA-1): the same name in the same namespace is the same id. RFC 9562 5.5 */
export function uuid5(namespace: string, name: string): string {
  const octets = createHash("sha1")
    .update(Buffer.from(namespace.replaceAll("-", ""), "hex"))
    .update(name, "utf8")
    .digest()
    .subarray(0, 16);
  octets[6] = (octets[6]! & 0x0f) | 0x50;
  octets[8] = (octets[8]! & 0x3f) | 0x80;
  const hex = octets.toString("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

/** Namespace of everything that Backtrail names: version 5 of "backtrail" in the nil namespace. */
const BACKTRAIL = uuid5("00000000-0000-0000-0000-000000000000", "backtrail");

/** Id of a thing of a case: the same thing exported again has the same. */
export function caseUuid(caseId: string, kind: string, name: string): string {
  return uuid5(BACKTRAIL, JSON.stringify([caseId, kind, name]));
}
