import type { RowOf } from "../../records/record-type.ts";
import { recordType } from "../../records/record-type.ts";

/** One command between Bacula's programs. */
export const BACULA_RECORD = recordType({
  name: "bacula",
  text: "One command between the programs of Bacula or Bareos, in clear: of a console to the director, or of the director to its daemons",
  version: 1,
  layout: "connection",
  own: true,
  columns: {
    link: {
      kind: "enum",
      text: "Who speaks to whom: console to director, director to storage, director to file, or file to storage",
      example: "console to director",
    },
    orig_name: { kind: "string", text: "Name of the originator, as its challenge gives it", example: "bconsole" },
    resp_name: { kind: "string", text: "Name of the responder, as its challenge gives it", example: "vault-dir" },
    auth_success: { kind: "bool", text: "Whether the responder took the originator's answer to its challenge" },
    responder_version: { kind: "string", text: "Version of the responder", example: "9.6.7" },
    job: { kind: "string", text: "Job that the connection is for", example: "Nightly.2026-11-29_09.20.23_03" },
    command: {
      kind: "string",
      text: "The command; unset for a connection without one",
      example: "purge volume=Daily-0001",
    },
    outcome: {
      kind: "enum",
      text: "granted or refused, as far as the answer says so; answered if it does not; asked if there was none",
      example: "granted",
    },
    reply: { kind: "string", text: "The end of the answer", example: "3000 OK label" },
  },
});

export type BaculaRow = { -readonly [K in keyof RowOf<typeof BACULA_RECORD>]: RowOf<typeof BACULA_RECORD>[K] };
