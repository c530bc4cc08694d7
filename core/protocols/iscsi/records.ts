import type { RowOf } from "../../records/record-type.ts";
import { recordType } from "../../records/record-type.ts";

/** One connection of an iSCSI session. */
export const iscsiRecord = recordType({
  name: "iscsi",
  text: "A connection of an iSCSI initiator to a target: who logged in to what, and how much was moved",
  version: 1,
  layout: "connection",
  own: true,
  columns: {
    initiator: {
      kind: "string",
      text: "InitiatorName",
      example: "iqn.1991-05.com.microsoft:veeam01",
      source: "RFC 7143 13.5",
    },
    initiator_alias: { kind: "string", text: "InitiatorAlias", example: "vbr01", source: "RFC 7143 13.7" },
    target: {
      kind: "string",
      text: "TargetName",
      example: "iqn.2004-04.com.qnap:ts-873:iscsi.repo01",
      source: "RFC 7143 13.4",
    },
    target_alias: { kind: "string", text: "TargetAlias", example: "backup-lun", source: "RFC 7143 13.6" },
    session_type: { kind: "string", text: "Normal or Discovery", source: "RFC 7143 13.21" },
    isid: { kind: "string", text: "Initiator's part of the session identifier", example: "00023d000001" },
    tsih: { kind: "count", text: "Target's handle of the session, once it gave one" },
    auth_method: {
      kind: "string",
      text: "Method of authentication that was agreed on",
      example: "CHAP",
      source: "RFC 7143 12.1",
    },
    user: { kind: "string", text: "CHAP_N of the initiator", example: "svc_backup" },
    target_user: { kind: "string", text: "CHAP_N of the target, which then proved itself too", example: "array01" },
    success: { kind: "bool", text: "Whether the login succeeded; unset if its end was not seen" },
    status: {
      kind: "string",
      text: "Status of the last login answer",
      example: "Authentication failure",
      source: "RFC 7143 11.13.5",
    },
    header_digest: { kind: "string", text: "HeaderDigest that was agreed on", example: "None" },
    data_digest: { kind: "string", text: "DataDigest that was agreed on", example: "CRC32C" },
    targets: {
      kind: "vector[string]",
      text: "Targets that SendTargets listed, with their addresses",
      example: "iqn.2001-04.com.example:disk1 at 10.0.0.5:3260,1",
    },
    luns: {
      kind: "vector[string]",
      text: "Units that were used, with what they say of themselves",
      example: "1: QNAP iSCSI Storage 4.0, serial 5A1B, 2147483648 blocks of 512",
    },
    commands: { kind: "count", text: "SCSI commands" },
    octets_read: { kind: "count", unit: "octets", text: "Octets that the target sent as data" },
    octets_written: { kind: "count", unit: "octets", text: "Octets that the initiator sent as data" },
    ended: {
      kind: "string",
      text: "How the connection was given up, if anybody said so",
      example: "logout: close the session",
    },
  },
});

export type IscsiRow = RowOf<typeof iscsiRecord>;
