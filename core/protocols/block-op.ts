import { recordType } from "../records/record-type.ts";

/** What was done with the blocks of a disk or tape, whatever the protocol that carried it. */
export const blockOpRecord = recordType({
  name: "block_op",
  text: "A command to a disk or tape that is reached as blocks (iSCSI, NBD); reads and writes that go on where the one before ended are one row, and so are repetitions of a command that changes nothing",
  version: 1,
  layout: "connection",
  own: true,
  columns: {
    protocol: { kind: "string", text: "Protocol that carried it, as conn.service names it", example: "iscsi" },
    user: { kind: "string", text: "Account, if one authenticated", example: "svc_backup" },
    initiator: {
      kind: "string",
      text: "Name that the client gave itself",
      example: "iqn.1991-05.com.microsoft:veeam01",
    },
    target: { kind: "string", text: "Target or export", example: "iqn.2004-04.com.qnap:ts-873:iscsi.repo01" },
    lun: { kind: "string", text: "Logical unit of the target", example: "1" },
    operation: {
      kind: "string",
      text: "Command as its standard names it; scattered at the end means that small ranges all over the unit were put together",
      example: "WRITE(16)",
    },
    outcome: {
      kind: "enum",
      text: "granted or refused, as the answer says; asked if none was seen",
      example: "granted",
    },
    status: { kind: "string", text: "The answer in the protocol's own words", example: "CHECK CONDITION" },
    sense: { kind: "string", text: "Why: sense key and additional code", example: "DATA PROTECT: WRITE PROTECTED" },
    lba: { kind: "count", text: "First block of the range (iSCSI)", example: "2048" },
    blocks: { kind: "count", text: "Blocks from the first to the last of the range (iSCSI)", example: "8192" },
    block_octets: { kind: "count", unit: "octets", text: "Size of a block, as far as known", example: "512" },
    offset: { kind: "count", unit: "octets", text: "First octet of the range, as far as the size of a block is known" },
    octets: { kind: "count", unit: "octets", text: "Octets that were read, written or given up" },
    commands: { kind: "count", text: "Commands in this row", example: "1" },
    overwritten: {
      kind: "count",
      unit: "octets",
      text: "Of the octets written or given up, at least so many had been written or read by the same host earlier in the evidence",
    },
    ranges: {
      kind: "vector[string]",
      text: "Ranges of a command that names several, as first block+blocks",
      example: "2048+1024",
    },
    detail: { kind: "string", text: "What else the command or its data say", example: "PREEMPT: write exclusive" },
  },
});
