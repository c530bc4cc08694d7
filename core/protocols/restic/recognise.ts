import type { HttpApi } from "../http-message.ts";

const MEDIA_TYPE = /application\/vnd\.x\.restic\.rest\.v\d/;
const OBJECT_PATH = /^((?:\/[^/?#]+)*)\/(data|keys|locks|snapshots|index)(?:\/([0-9a-f]{64}))?\/?(?:\?|$)/;
const CONFIG_PATH = /^((?:\/[^/?#]+)*)\/(config)(?:\?|$)/;
const CREATE = /^((?:\/[^/?#]+)*)\/?\?create=true$/;

/** What a path of the REST interface names. */
export interface ResticPath {
  readonly repository: string;
  /** data, keys, locks, snapshots, index, config, or repository. */
  readonly type: string;
  /** SHA-256 of an object's content. */
  readonly name: string | null;
}

/** @returns Null if the path is none of a restic repository. [restic] REST backend */
export function readResticPath(target: string): ResticPath | null {
  const found = OBJECT_PATH.exec(target) ?? CONFIG_PATH.exec(target);
  if (found !== null) return { repository: found[1]!, type: found[2]!, name: found[3] ?? null };
  const created = CREATE.exec(target);
  return created === null ? null : { repository: created[1]!, type: "repository", name: null };
}

/** restic's own REST interface: by its media type, or by objects named by their SHA-256. */
export const RESTIC_REST: HttpApi = {
  name: "restic",
  matches: (request, response) => {
    if (request?.target !== null && request !== null) {
      const path = readResticPath(request.target);
      if (path === null) return false;
      if (path.name !== null || path.type === "repository") return true;
      return MEDIA_TYPE.test(request.headers.get("accept") ?? "") || MEDIA_TYPE.test(response?.contentType ?? "");
    }
    return MEDIA_TYPE.test(response?.contentType ?? "");
  },
  wants: () => Infinity,
};
