import { recordType } from "../../records/record-type.ts";

/** One Telnet session. */
export const TELNET_RECORD = recordType({
  name: "telnet",
  own: true,
  text: "One Telnet session: what was negotiated, who logged on, what was typed",
  version: 1,
  layout: "connection",
  columns: {
    user: { kind: "string", text: "Name typed at the last prompt for one", example: "admin", source: "RFC 854" },
    password_sent: { kind: "bool", text: "True if something was typed at a prompt for a password; it is not kept" },
    attempts: { kind: "count", text: "Passwords that were typed", example: "2" },
    success: {
      kind: "bool",
      text: "True if the session went on after a password, false if the last one was refused, unset if nothing tells",
    },
    terminal: { kind: "string", text: "Type of the client's terminal", example: "XTERM", source: "RFC 1091" },
    environment: {
      kind: "vector[string]",
      text: "Variables that the client sent",
      example: "USER=root",
      source: "RFC 1572",
    },
    client_options: { kind: "vector[string]", text: "Options that the client offered", example: "NAWS" },
    server_options: { kind: "vector[string]", text: "Options that the server offered", example: "ECHO" },
    is_encrypted: { kind: "bool", text: "True if encryption began (RFC 2946); nothing can be read from then on" },
    commands: {
      kind: "vector[string]",
      text: "Lines that were typed after the log-on, passwords left out",
      example: "show run",
    },
    banner: { kind: "string", text: "First line of text that the server sent", example: "Debian GNU/Linux 12" },
  },
});
