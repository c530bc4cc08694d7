import { recordType } from "../../records/record-type.ts";

/** One message of a system log. */
export const SYSLOG_RECORD = recordType({
  name: "syslog",
  text: "One message that a host sent to a log server",
  version: 1,
  layout: "connection",
  columns: {
    proto: {
      kind: "enum",
      text: "Transport: udp or tcp",
      example: "udp",
      source: "Zeek base/protocols/syslog/main.zeek",
    },
    facility: { kind: "string", text: "Facility, UNSPECIFIED without a priority", example: "AUTHPRIV" },
    severity: { kind: "string", text: "Severity, UNSPECIFIED without a priority", example: "INFO" },
    message: {
      kind: "string",
      text: "All that stands behind the priority",
      example: "Mar  1 02:14:07 vbr01 sshd[812]: Accepted password for backup",
    },
    host: { kind: "string", own: true, text: "Host that the message names as its origin", example: "vbr01" },
    app: { kind: "string", own: true, text: "Program that wrote it", example: "sshd" },
    process: { kind: "string", own: true, text: "Process that wrote it, as the program gives it", example: "812" },
  },
});
