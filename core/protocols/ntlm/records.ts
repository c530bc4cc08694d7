import { recordType } from "../../records/record-type.ts";

/** Zeek's ntlm.log. */
export const ntlmRecord = recordType({
  name: "ntlm",
  text: "An NTLM authentication, whatever protocol carried it",
  version: 2,
  layout: "connection",
  columns: {
    username: {
      kind: "string",
      text: "Account that the client gave; unset for an anonymous logon",
      example: "backupadmin",
    },
    hostname: { kind: "string", text: "Name that the client gave for itself", example: "WS-042" },
    domainname: { kind: "string", text: "Domain that the client gave", example: "CORP" },
    server_nb_computer_name: { kind: "string", text: "Server's NetBIOS name", example: "BACKUP01" },
    server_dns_computer_name: { kind: "string", text: "Server's DNS name", example: "backup01.corp.example" },
    server_tree_name: { kind: "string", text: "DNS name of the server's forest", example: "corp.example" },
    success: {
      kind: "bool",
      text: "What the server's SPNEGO answer says of the outcome; unset if it has none, as for NTLM without SPNEGO (see `accepted`)",
    },
    accepted: {
      kind: "bool",
      own: true,
      text: "True if the server let the client in, by its SPNEGO answer or by what the protocol around it shows (a status, the calls answered)",
    },
    server_nb_domain_name: { kind: "string", own: true, text: "NetBIOS name of the server's domain", example: "CORP" },
    server_dns_domain_name: { kind: "string", own: true, text: "DNS name of the server's domain" },
    client_version: {
      kind: "string",
      own: true,
      text: "Windows version that the client gives for itself",
      example: "10.0.19041",
    },
    server_version: {
      kind: "string",
      own: true,
      text: "Windows version that the server gives for itself",
      example: "10.0.17763",
    },
    response: {
      kind: "enum",
      own: true,
      text: "Kind of response: NTLMv2, NTLMv1, NTLM2-session, LM, anonymous",
      example: "NTLMv2",
      source: "MS-NLMP 3.3",
    },
    flags: {
      kind: "string",
      own: true,
      text: "Negotiate flags of the last message, hexadecimal",
      source: "MS-NLMP 2.2.2.5",
    },
    options: {
      kind: "set[string]",
      own: true,
      text: "How the session is to be protected, by the flags of the last message",
      example: "sign,seal,128-bit,key-exchange",
    },
    challenge: {
      kind: "string",
      own: true,
      text: "Server challenge, hexadecimal: the same one on two connections shows a relay",
    },
    target_spn: {
      kind: "string",
      own: true,
      text: "Service that the client meant to talk to",
      example: "cifs/backup01",
    },
    has_mic: {
      kind: "bool",
      own: true,
      text: "True if the client protects the exchange with an integrity code; unset before NTLMv2",
    },
    has_channel_binding: { kind: "bool", own: true, text: "True if the client bound the logon to its TLS channel" },
    target_name: { kind: "string", own: true, text: "Domain or server that the challenge names", example: "CORP" },
    server_time: { kind: "time", own: true, text: "Server's clock in the challenge" },
    offered_mechanisms: {
      kind: "vector[string]",
      own: true,
      text: "Mechanisms that the client offers in SPNEGO, in its order: NTLM behind Kerberos shows a fallback",
      example: "kerberos,ntlm",
    },
    mechanism: { kind: "enum", own: true, text: "spnego, or raw for NTLM tokens without it" },
  },
});
