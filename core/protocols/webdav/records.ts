import { recordType } from "../../records/record-type.ts";

/** One request to a WebDAV server. */
export const WEBDAV_RECORD = recordType({
  name: "webdav",
  text: "One request to a server that speaks WebDAV, with its answer",
  version: 1,
  layout: "connection",
  own: true,
  columns: {
    method: { kind: "string", own: true, text: "Method of the request", example: "MOVE", source: "RFC 4918 9" },
    path: { kind: "string", own: true, text: "Path that it is about, escapes undone", example: "/dav/FS01.vbk" },
    destination: { kind: "string", own: true, text: "New path of MOVE and COPY", example: "/dav/FS01.vbk.locked" },
    depth: { kind: "string", own: true, text: "How deep it reaches: 0, 1 or infinity", example: "1" },
    overwrite: { kind: "bool", own: true, text: "May what is at the new path be written over", example: "T" },
    lock_token: { kind: "string", own: true, text: "Lock that is given, used or given back" },
    user: { kind: "string", own: true, text: "Who asks, where HTTP says so", example: "backup" },
    status_code: { kind: "count", own: true, text: "Status of the answer", example: "201" },
    request_octets: { kind: "count", unit: "octets", own: true, text: "Body of the request" },
    response_octets: { kind: "count", unit: "octets", own: true, text: "Body of the answer" },
    user_agent: { kind: "string", own: true, text: "User-Agent header of the request", example: "rclone/v1.60.1" },
  },
});
