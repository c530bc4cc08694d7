import { recordType } from "../../records/record-type.ts";

/** One message handed to a mail server. */
export const SMTP_RECORD = recordType({
  name: "smtp",
  text: "One mail handed over, or the part of a session that led to none",
  version: 1,
  layout: "connection",
  columns: {
    trans_depth: {
      kind: "count",
      text: "Number of the mail in its session, from 1",
      example: "1",
      source: "Zeek base/protocols/smtp/main.zeek",
    },
    helo: { kind: "string", text: "Name by which the client introduced itself", example: "backup01.corp.example" },
    mailfrom: { kind: "string", text: "Sender of the envelope", example: "svc-backup@corp.example" },
    rcptto: { kind: "set[string]", text: "Recipients of the envelope", example: "operator@corp.example" },
    date: { kind: "string", text: "Date header" },
    from: { kind: "string", text: "From header" },
    to: { kind: "set[string]", text: "Addresses of the To header" },
    cc: { kind: "set[string]", text: "Addresses of the Cc header" },
    reply_to: { kind: "string", text: "Reply-To header", example: "helpdesk@corp.example" },
    msg_id: { kind: "string", text: "Message-ID header" },
    in_reply_to: { kind: "string", text: "In-Reply-To header", example: "<20240301021407.1A2B@mail.corp.example>" },
    subject: { kind: "string", text: "Subject header, as it was sent", example: "[Failed] Daily backup" },
    x_originating_ip: { kind: "addr", text: "Address in the X-Originating-IP header" },
    first_received: { kind: "string", text: "Last Received header: the first stop of the mail" },
    second_received: {
      kind: "string",
      text: "Received header before that one",
      example: "from ws-042 (10.20.1.15) by mail.corp.example; Fri, 1 Mar 2024 02:14:07 +0000",
    },
    last_reply: { kind: "string", text: "Last reply of the server", example: "250 2.0.0 Ok: queued as 4T1x" },
    path: {
      kind: "vector[addr]",
      text: "Hosts that the mail went through, the last one first, by the connection and the Received headers",
    },
    user_agent: { kind: "string", text: "Program that wrote the mail, by User-Agent or X-Mailer", example: "swaks" },
    tls: { kind: "bool", text: "True if the session changed to TLS" },
    fuids: { kind: "vector[string]", text: "Identifiers of the files in the mail, if files are followed" },
    auth_mechanism: { kind: "string", own: true, text: "Mechanism of the last AUTH command", example: "PLAIN" },
    auth_user: {
      kind: "string",
      own: true,
      text: "User of PLAIN or LOGIN; the password is not kept",
      example: "svc-backup",
    },
    auth_success: { kind: "bool", own: true, text: "Whether the server accepted the log-on; unset if nothing says" },
    filenames: {
      kind: "vector[string]",
      own: true,
      text: "Names of the attachments, in the order of the mail",
      example: "report.pdf",
    },
    server: { kind: "string", own: true, text: "Greeting of the server", example: "mx01 ESMTP Postfix" },
  },
});
