import { utf8OfLatin1 } from "../../bytes/text.ts";
import { unescapeUri } from "./start-line.ts";

/**
 * File name that a Content-Disposition ("filename=") or Content-Type ("name=") header gives, null without.
 * RFC 6266 4.1, RFC 8187 3.2
 */
export function fileNameOf(headerName: string, value: string): string | null {
  if (headerName !== "content-disposition" && headerName !== "content-type") return null;
  const parameter = headerName === "content-disposition" ? "filename" : "name";
  const lower = value.toLowerCase();
  let at = lower.lastIndexOf(parameter);
  for (; at >= 0; at = at > 0 ? lower.lastIndexOf(parameter, at - 1) : -1) {
    let behind = at + parameter.length;
    while (lower[behind] === " " || lower[behind] === "\t") behind++;
    const isExtended = lower[behind] === "*";
    if (isExtended) behind++;
    if (lower[behind] !== "=") continue;
    const raw = unquoted(value.slice(behind + 1).trimStart());
    const extended = isExtended ? /^[\w!#$%&+^`{}~-]+'[^']*'(.*)$/.exec(raw) : null;
    return utf8OfLatin1(extended === null ? raw : unescapeUri(extended[1]!, () => undefined));
  }
  return null;
}

function unquoted(value: string): string {
  if (value.startsWith('"')) {
    const end = value.indexOf('"', 1);
    return end < 0 ? value.slice(1) : value.slice(1, end);
  }
  const end = value.search(/[";]/);
  return (end < 0 ? value : value.slice(0, end)).trimEnd();
}

/** Boundary of a multipart Content-Type, null if it is none. RFC 2046 5.1.1 */
export function boundaryOf(contentType: string): string | null {
  if (!contentType.toLowerCase().startsWith("multipart/")) return null;
  const at = contentType.toLowerCase().indexOf("boundary=");
  if (at < 0) return null;
  const boundary = unquoted(contentType.slice(at + "boundary=".length));
  return boundary === "" || boundary.length > 200 ? null : boundary;
}
