/** A path that does not depend on the current directory, in the form of UNIX or of DOS. */
const ABSOLUTE = /^(?:\/|[A-Za-z]:[\\/])/;

/** A file of a directory as one path with "..", "." and repeated slashes undone, as Zeek's base/utils/paths.zeek does. */
export function joinPath(directory: string, name: string): string {
  if (ABSOLUTE.test(name) || directory === "") return compressPath(name);
  return compressPath(directory.endsWith("/") ? directory + name : `${directory}/${name}`);
}

/** Undoes ".." where there is a directory before it, then "." and repeated slashes between directories. */
export function compressPath(path: string): string {
  const kept: string[] = [];
  const isRooted = path.startsWith("/");
  for (const part of path.split("/")) {
    if (part === "") continue;
    if (part !== "..") kept.push(part);
    else if (kept.length > 0 && kept.at(-1) !== "..") kept.pop();
    else if (!isRooted) kept.push(part);
  }
  const [first, ...rest] = kept;
  if (first === undefined) return isRooted ? "/" : "";
  const inner = rest.filter((part, i) => part !== "." || i === rest.length - 1);
  const head = isRooted && first === "." && inner.length > 0 ? [] : [first];
  return (isRooted ? "/" : "") + [...head, ...inner].join("/");
}

/** The first absolute path in a text, a quoted one before others; "" if there is none. */
export function pathIn(text: string): string {
  const quoted = /"((?:\/|[A-Za-z]:[\\/])[^"]*)"/.exec(text);
  if (quoted !== null) return quoted[1]!;
  return /(?:\/|[A-Za-z]:[\\/])(?:\\ |[^" ])*/.exec(text)?.[0] ?? "";
}
