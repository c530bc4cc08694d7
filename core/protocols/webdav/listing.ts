import { readXml } from "../../bytes/xml.ts";
import { Listing } from "../directory-listing.ts";
import type { HttpMessage } from "../http-calls.ts";
import { pathBehind, readTarget } from "../http-target.ts";
import type { RecordSink } from "../protocol.ts";
import { MULTI_STATUS } from "./recognise.ts";

/** Reports what PROPFIND was told lies in a collection: of a whole tree, what lies in its top. RFC 4918 9.1, 14.24 */
export function reportWebdavList(
  out: RecordSink,
  request: HttpMessage,
  response: HttpMessage,
  actor: string | null,
): void {
  const depth = request.header("depth")?.toLowerCase() ?? "infinity";
  if (depth === "0" || response.head.status !== MULTI_STATUS) return;
  const xml = response.text();
  const path = partOf(request.head.target ?? "");
  const listing = new Listing(true, request.head.from);
  let isClosed = false;
  let isCollection = false;
  readXml(xml, {
    close: ({ name, path: around }, text) => {
      if (name === "multistatus") isClosed = true;
      // Properties hold references too.
      if (name !== "href" || around.at(-1) !== "response") return;
      const member = partOf(text.trim());
      // Of a file PROPFIND tells with the same depth: it has no slash at its end.
      if (member === path && text.trim().endsWith("/")) isCollection = true;
      const slash = member.lastIndexOf("/");
      if (member !== path && member.slice(0, Math.max(0, slash)) === path) listing.add(member.slice(slash + 1));
    },
  });
  if (!isCollection && listing.names.length === 0) return;
  if (!response.isWhole || !isClosed) listing.lost();
  listing.to = response.to;
  listing.report(out, "webdav", { share: request.head.host, object: `/${path}`, actor }, true);
}

/** The path of a target or a reference, escapes undone, without slashes around it. */
function partOf(target: string): string {
  return pathBehind(readTarget(target).path, 0).replace(/(?<!\/)\/+$/, "");
}
