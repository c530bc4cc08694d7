import { recordType } from "../records/record-type.ts";

/** Why an analyzer gave up a connection it had recognised. Zeek: base/frameworks/analyzer/logging.zeek */
export const analyzerRecord = recordType({
  name: "analyzer",
  text: "An analyzer that stopped because the connection no longer spoke its protocol",
  version: 1,
  layout: "connection",
  columns: {
    analyzer_kind: { kind: "string", text: "Kind of the analyzer: always protocol", example: "protocol" },
    analyzer_name: { kind: "string", text: "Protocol of the analyzer", example: "smb" },
    failure_reason: { kind: "string", text: "What did not fit", example: "no SMB header where one must be" },
    failure_data: { kind: "string", text: "Octets that did not fit, escaped" },
  },
});
