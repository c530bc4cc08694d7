import { recordType } from "../records/record-type.ts";

/** Why an analyzer gave up a connection it had recognised. Zeek: base/frameworks/analyzer/logging.zeek */
export const analyzerRecord = recordType({
  name: "analyzer",
  text: "An analyzer that stopped because the connection no longer spoke its protocol",
  version: 2,
  layout: "connection",
  columns: {
    analyzer_kind: { kind: "string", text: "Kind of the analyzer: always protocol", example: "protocol" },
    analyzer_name: { kind: "string", text: "Zeek's name of the protocol's analyzer", example: "SMB" },
    fuid: {
      kind: "string",
      text: "File whose analyzer it was; never set, since only protocols' are recorded",
      example: "-",
    },
    proto: { kind: "enum", text: "Transport protocol of the connection", example: "tcp" },
    failure_reason: { kind: "string", text: "What did not fit", example: "no SMB header where one must be" },
    failure_data: { kind: "string", text: "Octets that did not fit, escaped", example: "\\x00\\x00SSH" },
  },
});
