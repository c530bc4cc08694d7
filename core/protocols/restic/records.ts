import { recordType } from "../../records/record-type.ts";

/** One call to a restic repository. */
export const RESTIC_RECORD = recordType({
  name: "restic",
  text: "One call to a restic repository through its REST interface",
  version: 1,
  layout: "connection",
  own: true,
  columns: {
    operation: {
      kind: "enum",
      own: true,
      text: "create, read, write, delete, exists or list, of the repository or of an object in it",
      example: "write",
    },
    repository: {
      kind: "string",
      own: true,
      text: "Path of the repository; / is the server's only one",
      example: "/fs01",
    },
    type: {
      kind: "enum",
      own: true,
      text: "data, keys, locks, snapshots, index, config, or repository for the whole of it",
      example: "snapshots",
    },
    name: { kind: "string", own: true, text: "Name of the object: the SHA-256 of its content" },
    user: { kind: "string", own: true, text: "Who asks, where HTTP says so", example: "fs01" },
    status_code: { kind: "count", own: true, text: "Status of the answer", example: "200" },
    octets: { kind: "count", unit: "octets", own: true, text: "Octets of the object that were written or read" },
    content_verified: {
      kind: "enum",
      own: true,
      text: "Does the content have the SHA-256 that it is named by: match, mismatch, partial (not all of it was seen)",
      example: "match",
    },
    user_agent: { kind: "string", own: true, text: "User-Agent header of the request" },
  },
});
