import { recordType } from "../../records/record-type.ts";

/** Zeek's radius.log. */
export const radiusRecord = recordType({
  name: "radius",
  text: "Somebody's attempt to get in by a server that asks RADIUS, with all its challenges",
  version: 1,
  layout: "connection",
  columns: {
    username: { kind: "string", text: "User name", example: "backupadmin" },
    mac: { kind: "string", text: "Hardware address that the client calls from", example: "00:14:22:e9:54:5e" },
    framed_addr: { kind: "addr", text: "Address for the client in a challenge", example: "10.20.7.3" },
    tunnel_client: { kind: "string", text: "Address at the client's end of a tunnel", example: "10.20.1.1" },
    connect_info: { kind: "string", text: "What the asking server says of the connection", example: "CONNECT 54Mbps" },
    reply_msg: { kind: "string", text: "Text for the user in a challenge", example: "Enter the code from your token" },
    result: { kind: "string", text: "success, failed, or unknown if no answer was seen", example: "success" },
    ttl: { kind: "interval", text: "Time from the first request to the answer; unset if both are of one moment" },
    auth_method: {
      kind: "string",
      own: true,
      text: "How the client proves who it is: PAP, CHAP, MS-CHAPv2, EAP with its method",
      example: "EAP-PEAP",
    },
    service_type: { kind: "string", own: true, text: "Service asked for", example: "Login", source: "RFC 2865 5.6" },
    calling_station: { kind: "string", own: true, text: "Where the client calls from, as it was sent" },
    called_station: { kind: "string", own: true, text: "Where the client calls to", example: "00-19-06-EA-B8-8C" },
    nas_addr: { kind: "addr", own: true, text: "Address that the asking server gives for itself" },
    nas_identifier: { kind: "string", own: true, text: "Name that the asking server gives for itself" },
    assigned_addr: { kind: "addr", own: true, text: "Address for the client in the acceptance" },
    answer_msg: { kind: "string", own: true, text: "Text for the user in the acceptance or refusal" },
    challenges: { kind: "count", own: true, text: "Challenges before the answer" },
  },
});

/** A message that RADIUS accounting sends. */
export const radiusAccounting = recordType({
  name: "radius_accounting",
  own: true,
  text: "What a server reports to RADIUS of a session that somebody has with it",
  version: 1,
  layout: "connection",
  columns: {
    username: { kind: "string", text: "User name", example: "backupadmin" },
    status: { kind: "string", text: "Start, Stop, Interim-Update and others", example: "Stop", source: "RFC 2866 5.1" },
    session_id: { kind: "string", text: "Session's id", example: "00000012" },
    mac: { kind: "string", text: "Hardware address that the client calls from", example: "00:0c:29:4f:8e:35" },
    calling_station: {
      kind: "string",
      text: "Where the client calls from, as it was sent",
      example: "00-0C-29-4F-8E-35",
    },
    called_station: { kind: "string", text: "Where the client calls to", example: "00-1B-2F-AA-10-01:corp" },
    framed_addr: { kind: "addr", text: "Client's address", example: "10.20.7.3" },
    nas_addr: { kind: "addr", text: "Address that the reporting server gives for itself" },
    nas_identifier: { kind: "string", text: "Name that the reporting server gives for itself", example: "vpn01" },
    session_time: { kind: "interval", text: "How long the session lasted so far" },
    input_octets: { kind: "count", unit: "octets", text: "Octets from the client" },
    output_octets: { kind: "count", unit: "octets", text: "Octets to the client" },
    terminate_cause: {
      kind: "string",
      text: "Why the session ended",
      example: "User-Request",
      source: "RFC 2866 5.10",
    },
    answered: { kind: "bool", text: "True if the RADIUS server took note" },
  },
});
