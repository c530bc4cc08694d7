import { ascii } from "../wire/byte-writer.ts";

/** A request head. [RFC 9112] @param fields further header lines without line ends */
export function httpRequest(
  method: string,
  target: string,
  host: string,
  agent: string,
  fields: readonly string[] = [],
): Uint8Array {
  const lines = [`${method} ${target} HTTP/1.1`, `Host: ${host}`, `User-Agent: ${agent}`, "Accept: */*", ...fields];
  return ascii(`${lines.join("\r\n")}\r\n\r\n`);
}

/** A response head. */
export function httpResponse(
  status: string,
  type: string,
  octets: number,
  nowMs: number,
  server = "nginx",
): Uint8Array {
  const lines = [
    `HTTP/1.1 ${status}`,
    `Server: ${server}`,
    `Date: ${new Date(nowMs).toUTCString()}`,
    `Content-Type: ${type}`,
    `Content-Length: ${octets}`,
    "Connection: keep-alive",
  ];
  return ascii(`${lines.join("\r\n")}\r\n\r\n`);
}

export const BROWSER_AGENT = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) ExampleBrowser/128.0";
