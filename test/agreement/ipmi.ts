import type { AgreedField } from "./fields.ts";
import { cell } from "./fields.ts";

/** Commands of IPMI in clear; tshark shows the number at the request and at its answer. */
export const IPMI_FIELDS: readonly AgreedField[] = [
  {
    name: "ipmi commands",
    tshark: ["ipmi.header.command"],
    table: "ipmi",
    ours: (row) => {
      const command = cell("command")(row);
      return row["completion"] === null ? command : [...command, ...command];
    },
    theirs: (text) => String(Number(text)),
  },
];
