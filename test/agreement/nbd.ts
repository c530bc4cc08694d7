import type { AgreedField, Row } from "./fields.ts";
import { where } from "./fields.ts";

const reads = (column: string): AgreedField["ours"] =>
  where(
    (row: Row) => row["protocol"] === "nbd" && row["operation"] === "READ" && Number(row["commands"]) === 1,
    (row) => [String(row[column])],
  );

/** Ranges read of a network block device. */
export const NBD_FIELDS: readonly AgreedField[] = [
  {
    name: "NBD requests without data",
    tshark: ["nbd.type"],
    table: "nbd",
    ours: (row) => (row["ended"] === true ? ["2"] : []),
    theirs: (text) => (text === "2" ? text : null),
  },
  { name: "NBD octets read, first", tshark: ["nbd.from"], table: "block_op", ours: reads("offset"), theirs: positive },
  { name: "NBD octets read, count", tshark: ["nbd.len"], table: "block_op", ours: reads("octets"), theirs: positive },
];

/** A request to disconnect has zeros there. */
function positive(text: string): string | null {
  return Number(text) === 0 ? null : String(Number(text));
}
