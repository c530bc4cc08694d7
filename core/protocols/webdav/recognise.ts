import { archiveKindOf } from "../../records/archive-names.ts";
import type { HttpApi } from "../http-message.ts";

/** Methods that only WebDAV has. RFC 4918 9 */
const OWN_METHODS = new Set(["PROPFIND", "PROPPATCH", "MKCOL", "COPY", "MOVE", "LOCK", "UNLOCK"]);

/** Octets of a file that show its kind. */
export const HEAD_OCTETS = 64;
/** Octets of a listing that are read. */
export const LISTING_OCTETS = 1 << 20;
/** RFC 4918 11.1 */
export const MULTI_STATUS = 207;

export function isOwnMethod(method: string | null): boolean {
  return method !== null && OWN_METHODS.has(method);
}

function pathOf(target: string): string {
  const mark = target.search(/[?#]/);
  return mark < 0 ? target : target.slice(0, mark);
}

/** WebDAV by its methods and headers; writing, deleting and fetching archives by plain HTTP with it. */
export const WEBDAV: HttpApi = {
  name: "webdav",
  matches: (request, response) => {
    if (request === null) return false;
    const { method, target } = request;
    if (isOwnMethod(method)) return true;
    if (method === "PUT" || method === "DELETE")
      return response !== null || archiveKindOf(pathOf(target ?? "")) !== null;
    if (method === "GET") return archiveKindOf(pathOf(target ?? "")) !== null;
    return response?.headers.has("dav") === true;
  },
  wants: ({ status }) => (status === MULTI_STATUS ? LISTING_OCTETS : HEAD_OCTETS),
};
