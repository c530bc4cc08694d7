import { recordType } from "../../records/record-type.ts";

/** Zeek's kerberos.log; one row an exchange, where Zeek writes the first of a connection only. */
export const kerberos = recordType({
  name: "kerberos",
  text: "A Kerberos exchange: a ticket asked of a KDC, or presented to a service",
  version: 1,
  layout: "connection",
  columns: {
    request_type: { kind: "string", text: "AS, TGS, or AP for a ticket presented to a service", example: "TGS" },
    client: {
      kind: "string",
      text: "Client as name/realm; only /realm where the name is encrypted",
      example: "backupadmin/CORP.EXAMPLE",
    },
    service: { kind: "string", text: "Service that the ticket is for", example: "cifs/backup01.corp.example" },
    success: { kind: "bool", text: "True if the answer was a ticket or an acceptance; unset if none was seen" },
    error_msg: {
      kind: "string",
      text: "Text of the error, or the name of its code",
      example: "KDC_ERR_PREAUTH_FAILED",
    },
    from: { kind: "time", text: "Start of validity asked for" },
    till: { kind: "time", text: "End of validity asked for" },
    cipher: { kind: "string", text: "Encryption type of the ticket", example: "aes256-cts-hmac-sha1-96" },
    forwardable: { kind: "bool", text: "True if a forwardable ticket was asked for" },
    renewable: { kind: "bool", text: "True if a renewable ticket was asked for" },
    client_cert_subject: { kind: "string", text: "Subject of the client's certificate (PKINIT)" },
    client_cert_fuid: { kind: "string", text: "Id of the client's certificate in `files`" },
    server_cert_subject: { kind: "string", text: "Subject of the KDC's certificate (PKINIT)" },
    server_cert_fuid: { kind: "string", text: "Id of the KDC's certificate in `files`" },
    error_code: { kind: "count", own: true, text: "Error code", source: "RFC 4120 7.5.9" },
    etypes: {
      kind: "vector[string]",
      own: true,
      text: "Encryption types that the client offers, in its order",
      example: "aes256-cts-hmac-sha1-96,rc4-hmac",
    },
    reply_cipher: {
      kind: "string",
      own: true,
      text: "Encryption type of the reply's part for the client (AP: of the authenticator)",
    },
    client_type: { kind: "string", own: true, text: "Type of the client's name", example: "PRINCIPAL" },
    service_type: { kind: "string", own: true, text: "Type of the service's name", example: "SRV-INST" },
    kdc_options: {
      kind: "set[string]",
      own: true,
      text: "Options of the request",
      example: "forwardable,renewable,canonicalize",
    },
    padata: {
      kind: "set[string]",
      own: true,
      text: "Pre-authentication data in the request",
      example: "ENC-TIMESTAMP,PAC-REQUEST",
    },
    reply_padata: { kind: "set[string]", own: true, text: "Pre-authentication data in the reply" },
    pkinit: {
      kind: "bool",
      own: true,
      text: "True if the client authenticates with a certificate",
      source: "RFC 4556",
    },
    for_user: {
      kind: "string",
      own: true,
      text: "Account in whose name the client asks for a ticket (S4U2self), as name/realm",
    },
    has_additional_tickets: {
      kind: "bool",
      own: true,
      text: "True if the request brings another ticket (constrained delegation, user to user)",
    },
    auth_ticket_sha256: { kind: "string", own: true, text: "SHA-256 of the encrypted part of the ticket presented" },
    new_ticket_sha256: {
      kind: "string",
      own: true,
      text: "SHA-256 of the encrypted part of the ticket granted; the same value in `auth_ticket_sha256` of another row shows where it was used",
    },
  },
});
