/** A place in a case, as a link that other programs may hold. */
export interface CaseLink {
  /** Absolute path of the case folder. */
  readonly folder: string;
  /** Null for the case as a whole. */
  readonly finding: string | null;
}

/** Scheme that the desktop program is registered for. */
export const LINK_SCHEME = "backtrail";

const FINDING = /^F-[0-9a-f]{12}$/;
/** Absolute on this machine: a path on a server (`\\server\share`, `//server/share`) would be a door to the network. */
const LOCAL_PATH = /^(\/(?![/\\])|[A-Za-z]:[\\/])/;
const MOST_PATH = 4096;

/** `backtrail://open?case=…&finding=…` */
export function caseLink({ folder, finding }: CaseLink): string {
  const parts = new Map([["case", folder]]);
  if (finding !== null) parts.set("finding", finding);
  return `${LINK_SCHEME}://open?${[...parts].map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join("&")}`;
}

/** What a link names; null if it is none of ours or names nothing that may be opened. */
export function parseCaseLink(text: string): CaseLink | null {
  const [, query] = /^backtrail:\/\/open\/?\?([^#]*)$/i.exec(text) ?? [];
  if (query === undefined) return null;
  const parts = new Map<string, string>();
  for (const part of query.split("&")) {
    const [name = "", value = ""] = part.split(/=(.*)/s);
    if (parts.has(name) || (name !== "case" && name !== "finding")) return null;
    try {
      parts.set(name, decodeURIComponent(value));
    } catch {
      return null; // no valid percent-encoding
    }
  }
  const folder = parts.get("case") ?? "";
  const finding = parts.get("finding") ?? null;
  if (folder.length > MOST_PATH || !LOCAL_PATH.test(folder) || folder.includes("\0")) return null;
  return finding === null || FINDING.test(finding) ? { folder, finding } : null;
}

/** The place of the window that shows a link's finding, as the text behind `#`. */
export function linkPlace({ finding }: CaseLink): string {
  return finding === null ? "" : `view=Story&pick=finding:${finding}`;
}
