/** A request's target, taken apart. */
export interface HttpTarget {
  /** With its escapes, without scheme and host. */
  readonly path: string;
  /** Parts of the path between slashes, escapes undone; the first slash is left out. */
  readonly segments: readonly string[];
  /** Names and values, escapes undone; of one name, the first. */
  readonly query: ReadonlyMap<string, string>;
}

/** Most parts of a path and most parameters that are read. */
const MOST_PARTS = 64;

/** @param target As sent, one character an octet. */
export function readTarget(target: string): HttpTarget {
  const rest = /^https?:\/\/[^/?#]*/i.exec(target);
  const local = rest === null ? target : target.slice(rest[0].length);
  const mark = local.indexOf("?");
  const path = mark < 0 ? local : local.slice(0, mark);
  const segments = (path.startsWith("/") ? path.slice(1) : path).split("/", MOST_PARTS).map(unescapePart);
  const query = new Map<string, string>();
  if (mark >= 0) {
    for (const parameter of local.slice(mark + 1).split("&", MOST_PARTS)) {
      const equals = parameter.indexOf("=");
      const name = unescapePart(equals < 0 ? parameter : parameter.slice(0, equals));
      if (name === "" || query.has(name)) continue;
      query.set(name, equals < 0 ? "" : unescapePart(parameter.slice(equals + 1).replaceAll("+", " ")));
    }
  }
  return { path, segments, query };
}

/** Octets of UTF-8 behind "%"; what is no such thing stays as it is. */
export function unescapePart(text: string): string {
  const octets = text.replace(/%([0-9a-fA-F]{2})/g, (_, code: string) => String.fromCharCode(parseInt(code, 16)));
  return Buffer.from(octets, "latin1").toString("utf8");
}

/** What lies behind the first `parts` parts of a path, escapes undone; "" if nothing does. */
export function pathBehind(path: string, parts: number): string {
  let at = 0;
  for (let part = 0; part < parts; part++) {
    at = path.indexOf("/", at + 1);
    if (at < 0) return "";
  }
  return unescapePart(path.slice(at + 1));
}
