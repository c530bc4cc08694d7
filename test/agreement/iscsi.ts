import type { AgreedField, Row } from "./fields.ts";
import { cell, where } from "./fields.ts";

const field = (
  name: string,
  tshark: string,
  table: "iscsi" | "block_op",
  ours: AgreedField["ours"],
  theirs?: AgreedField["theirs"],
): AgreedField => ({
  name: `iSCSI ${name}`,
  tshark: [tshark],
  table,
  ours: table === "block_op" ? where((row) => row["protocol"] === "iscsi", ours) : ours,
  ...(theirs === undefined ? {} : { theirs }),
});

/** Values of one key of login and text PDUs. */
const key =
  (name: string) =>
  (text: string): string | null =>
    text.startsWith(`${name}=`) ? text.slice(name.length + 1) : null;

const repeated = (row: Row, column: string, value: string): readonly string[] =>
  Array.from({ length: Number(row[column]) }, () => value);

/** First blocks of the commands of a row, which go on one where the other ended and are equally long in our sample. */
function firstBlocks(row: Row): readonly string[] {
  if (row["lba"] === null || !/^(?:READ|WRITE)/.test(String(row["operation"]))) return [];
  const commands = Number(row["commands"]);
  const each = Number(row["blocks"]) / commands;
  return Array.from({ length: commands }, (_, i) => String(Number(row["lba"]) + i * each));
}

/** The nth number of each range that an UNMAP names. */
const ofRanges =
  (at: 0 | 1) =>
  (row: Row): readonly string[] =>
    Array.isArray(row["ranges"]) ? row["ranges"].map((range) => String(range).split("+")[at]!) : [];

/** Names, log-ons, commands and block ranges of iSCSI. */
export const ISCSI_FIELDS: readonly AgreedField[] = [
  field("initiators", "iscsi.keyvalue", "iscsi", cell("initiator"), key("InitiatorName")),
  field(
    "targets",
    "iscsi.keyvalue",
    "iscsi",
    (row) => {
      const listed = Array.isArray(row["targets"])
        ? row["targets"].map((text) => String(text).replace(/ at .*/, ""))
        : [];
      return [...cell("target")(row), ...listed];
    },
    key("TargetName"),
  ),
  field("accounts", "iscsi.keyvalue", "iscsi", cell("user"), key("CHAP_N")),
  field(
    "refused log-ons",
    "iscsi.login.status",
    "iscsi",
    (row) => (row["success"] === false ? ["refused"] : []),
    (text) => (text === "0x0000" ? null : "refused"),
  ),
  field(
    "SCSI commands",
    "iscsi.opcode",
    "iscsi",
    (row) => repeated(row, "commands", "command"),
    (text) => (Number(text) === 1 ? "command" : null),
  ),
  // Block 0 is left out: SYNCHRONIZE CACHE names it for the whole unit.
  field(
    "blocks read and written",
    "scsi_sbc.rdwr10.lba",
    "block_op",
    (row) => firstBlocks(row).filter((block) => block !== "0"),
    (text) => (text === "0" ? null : text),
  ),
  field("blocks unmapped, first", "scsi_sbc.unmap.lba", "block_op", ofRanges(0)),
  field("blocks unmapped, count", "scsi_sbc.unmap.num_blocks", "block_op", ofRanges(1)),
];
