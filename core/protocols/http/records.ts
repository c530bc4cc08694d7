import { recordType } from "../../records/record-type.ts";

const ZEEK = "Zeek base/protocols/http/main.zeek";

/** One request with its response. */
export const HTTP_RECORD = recordType({
  name: "http",
  text: "One HTTP request with its response, or one of them alone",
  version: 2,
  layout: "connection",
  columns: {
    trans_depth: { kind: "count", text: "Number of the request on its connection, from 1", example: "1", source: ZEEK },
    method: { kind: "string", text: "Method of the request", example: "GET" },
    host: { kind: "string", text: "Host header of the request", example: "backup01:9392" },
    uri: { kind: "string", text: "Target of the request with its escapes undone", example: "/api/v1/sessions" },
    referrer: { kind: "string", text: "Referer header of the request" },
    version: { kind: "string", text: "Version of the response", example: "1.1" },
    user_agent: { kind: "string", text: "User-Agent header of the request", example: "curl/8.5.0" },
    origin: { kind: "string", text: "Origin header of the request", example: "https://vbem01.corp.example:9443" },
    request_body_len: { kind: "count", unit: "octets", text: "Length of the request's body, decompressed" },
    response_body_len: { kind: "count", unit: "octets", text: "Length of the response's body, decompressed" },
    status_code: { kind: "count", text: "Status code of the response", example: "200" },
    status_msg: { kind: "string", text: "Reason phrase of the response", example: "OK" },
    info_code: { kind: "count", text: "Last 1xx status code before it", example: "100" },
    info_msg: { kind: "string", text: "Reason phrase of that one", example: "Continue" },
    tags: {
      kind: "set[enum]",
      text: "Signs of an attack or compromise; Zeek fills it from scripts, here it stays empty",
      example: "(empty)",
    },
    username: { kind: "string", text: "User of Basic authentication", example: "admin" },
    password: { kind: "string", text: "Never set: passwords are not kept", example: "-" },
    proxied: { kind: "set[string]", text: "Headers that tell of a proxy", example: "VIA -> 1.1 proxy01" },
    orig_fuids: {
      kind: "vector[string]",
      text: "Identifiers of the files in the request",
      example: "F3Kz2QmYw8sT",
    },
    orig_filenames: { kind: "vector[string]", text: "Names of the files in the request", example: "report.zip" },
    orig_mime_types: {
      kind: "vector[string]",
      text: "Types of the files in the request, by their content",
      example: "text/json",
    },
    resp_fuids: {
      kind: "vector[string]",
      text: "Identifiers of the files in the response",
      example: "F3Kz2QmYw8sT",
    },
    resp_filenames: { kind: "vector[string]", text: "Names of the files in the response", example: "setup.exe" },
    resp_mime_types: {
      kind: "vector[string]",
      text: "Types of the files in the response, by their content",
      example: "text/html",
    },
    request_version: { kind: "string", own: true, text: "Version of the request", example: "1.1" },
    auth_scheme: {
      kind: "string",
      own: true,
      text: "Scheme of the request's credentials, in lower case",
      example: "negotiate",
    },
    auth_user: {
      kind: "string",
      own: true,
      text: "Who the credentials are for, with the domain if there is one",
      example: "CORP\\svc-backup",
    },
    request_content_type: { kind: "string", own: true, text: "Content-Type header of the request" },
    response_content_type: { kind: "string", own: true, text: "Content-Type header of the response" },
    server: { kind: "string", own: true, text: "Server header of the response", example: "Microsoft-HTTPAPI/2.0" },
    location: { kind: "string", own: true, text: "Location header of the response", example: "/login" },
    soap_action: {
      kind: "string",
      own: true,
      text: "SOAPAction header of the request, which names the operation",
      example: "urn:vim25/8.0",
    },
    upgrade: { kind: "string", own: true, text: "Protocol that the connection changed to", example: "websocket" },
    stream: { kind: "count", own: true, text: "Number of the stream in HTTP/2", example: "1" },
    reset: {
      kind: "string",
      own: true,
      text: "Who broke off the stream in HTTP/2, and why",
      example: "client: CANCEL",
    },
  },
});
