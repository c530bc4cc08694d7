import type { AgreedField } from "./fields.ts";
import { cell } from "./fields.ts";

const LOGIN_FAILED = "18456";

/** Statements and errors of SQL Server; tshark has no fields for the names in a login. */
export const TDS_FIELDS: readonly AgreedField[] = [
  {
    name: "sql statements",
    tshark: ["tds.query"],
    table: "tds",
    ours: (row) => (row["request"] === "sql_batch" ? cell("query")(row).map(withoutEnd) : []),
    theirs: (text) => withoutEnd(text.replaceAll("\\n", "\n").replaceAll("\\r", "\r").replaceAll("\\t", "\t")),
  },
  // Errors of a login are in a table of their own.
  {
    name: "sql errors",
    tshark: ["tds.error.number"],
    table: "tds",
    ours: cell("error_number"),
    theirs: (number) => (number === LOGIN_FAILED ? null : number),
  },
];

function withoutEnd(text: string): string {
  return text.trimEnd();
}
