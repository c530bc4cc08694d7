import type { AgreedField } from "./fields.ts";
import { cell, where } from "./fields.ts";

const OWN_OF_WEBDAV = new Set(["PROPFIND", "PROPPATCH", "MKCOL", "COPY", "MOVE", "LOCK", "UNLOCK"]);
/** Objects of a repository that is the root of its server: those in a bucket are the object store's. */
const RESTIC_OBJECT = /^\/((?:data|index|snapshots|keys|locks)\/[0-9a-f]{64})$/;

/** What of the interfaces on top of HTTP shows in a single field of tshark, which knows none of them. */
export const HTTP_API_FIELDS: readonly AgreedField[] = [
  {
    name: "access keys of s3",
    tshark: ["http.authorization"],
    table: "object_store",
    ours: where((row) => row["service"] === "s3", cell("access_key")),
    theirs: (text) => /^AWS4-HMAC-SHA256 Credential=([^/]+)\//.exec(text)?.[1] ?? null,
  },
  {
    name: "methods of webdav",
    tshark: ["http.request.method"],
    table: "webdav",
    ours: where((row) => OWN_OF_WEBDAV.has(String(row["method"])), cell("method")),
    theirs: (text) => (OWN_OF_WEBDAV.has(text) ? text : null),
  },
  {
    name: "objects of restic",
    tshark: ["http.request.uri"],
    table: "restic",
    ours: (row) =>
      row["name"] === null || row["repository"] !== "/" ? [] : [`${String(row["type"])}/${String(row["name"])}`],
    theirs: (text) => RESTIC_OBJECT.exec(text)?.[1] ?? null,
  },
  {
    name: "calls of vsphere",
    tshark: ["xml.tag"],
    table: "hypervisor_api",
    ours: where((row) => row["service"] === "vsphere" && /^\w+$/.test(String(row["operation"])), cell("operation")),
    theirs: (text) => /^<(\w+)(?<!Response|Fault) xmlns="urn:vim25">$/.exec(text)?.[1] ?? null,
  },
];
