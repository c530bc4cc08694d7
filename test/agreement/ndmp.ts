import { ERROR_NAMES, MESSAGE_NAMES } from "../../core/protocols/ndmp/messages.ts";
import type { AgreedField, Row } from "./fields.ts";
import { cell, items, where } from "./fields.ts";

const CODES = new Map([...MESSAGE_NAMES].map(([code, name]) => [name, `0x${code.toString(16).padStart(8, "0")}`]));

/** A row stands for its requests and their replies. */
function messages(row: Row): readonly string[] {
  const code = CODES.get(String(row["operation"])) ?? String(row["operation"]);
  const each = row["outcome"] === "granted" || row["outcome"] === "refused" ? 2 : 1;
  return Array.from({ length: Number(row["messages"]) * each }, () => code);
}

const field = (name: string, tshark: string, ours: AgreedField["ours"]): AgreedField => ({
  name: `NDMP ${name}`,
  tshark: [tshark],
  table: "ndmp",
  ours,
});

const isOperation =
  (...operations: readonly string[]) =>
  (row: Row): boolean =>
    operations.includes(String(row["operation"]));

/** Messages, errors, names and paths of NDMP. */
export const NDMP_FIELDS: readonly AgreedField[] = [
  field("messages", "ndmp.msg", messages),
  {
    ...field("errors", "ndmp.error", (row) => {
      return row["error"] === null ? [] : [String(ERROR_NAMES.indexOf(String(row["error"])))];
    }),
    // In the header and in the body; ours is the one that counts.
    theirs: (text) => (text === "0" ? null : text),
  },
  field("account", "ndmp.auth.id", where(isOperation("CONNECT_CLIENT_AUTH"), cell("user"))),
  field("host name", "ndmp.hostname", cell("hostname")),
  field("vendor", "ndmp.server.vendor", cell("vendor")),
  field("product", "ndmp.server.product", cell("product")),
  field("revision", "ndmp.server.revision", cell("revision")),
  field("paths of a restore", "ndmp.bu.original_path", where(isOperation("DATA_START_RECOVER"), items("paths"))),
];
