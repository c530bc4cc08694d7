/** Words of a command that are kept. */
export const MAX_WORDS = 33;

/** What a command says. */
export interface Command {
  readonly words: readonly string[];
  /** Words in all, the ones that are not kept too. */
  readonly count: number;
  /** Octets of its words that are not kept. */
  readonly cut: number;
}

/** Where a command has its key and value: numbers of words. Zeek src/analyzer/protocol/redis/redis.spicy */
const KEY_FIRST = new Set(
  (
    "keys append bitcount bitfield bitfield_ro bitpos blpop brpop copy decr decrby del dump exists expire expireat " +
    "expiretime get getbit getdel getex getrange getset hdel hget hset incr incrby mget move mset persist rename set " +
    "strlen ttl type"
  ).split(" "),
);
const VALUE_SECOND = new Set(
  "set append decrby expire expireat getbit getset hdel hget incrby move mset rename".split(" "),
);

export function keyOf({ words }: Command): string | null {
  const name = words[0]!.toLowerCase();
  if (KEY_FIRST.has(name)) return words[1] ?? null;
  if (name === "bitop") return words[2] ?? null;
  return name === "blmpop" ? (words[3] ?? null) : null;
}

export function valueOf({ words }: Command): string | null {
  return VALUE_SECOND.has(words[0]!.toLowerCase()) ? (words[2] ?? null) : null;
}

const HIDDEN = "(hidden)";
/** Names in CONFIG SET whose value is a password. */
const SECRETS = new Set(["requirepass", "masterauth", "tls-key-file-pass", "tls-client-key-file-pass"]);
/** Marks before a password in ACL SETUSER. */
const ACL_MARKS = "><#!";

/** Words behind the first, without passwords. */
export function shownArguments({ words }: Command): string[] {
  const name = words[0]!.toLowerCase();
  const shown = words.slice(1);
  const hide = (at: number): void => {
    if (at < shown.length) shown[at] = HIDDEN;
  };
  switch (name) {
    case "auth":
      hide(shown.length - 1);
      break;
    case "hello":
    case "migrate":
      shown.forEach((word, at) => {
        const lower = word.toLowerCase();
        if (lower === "auth" && name === "migrate") hide(at + 1);
        else if (lower === "auth" || lower === "auth2") hide(at + 2);
      });
      break;
    case "config":
      shown.forEach((word, at) => {
        if (SECRETS.has(word.toLowerCase())) hide(at + 1);
      });
      break;
    case "acl":
      if (shown[0]?.toLowerCase() !== "setuser") break;
      shown.forEach((word, at) => {
        if (at > 1 && word !== "" && ACL_MARKS.includes(word[0]!)) shown[at] = `${word[0]!}${HIDDEN}`;
      });
      break;
  }
  return shown;
}

/** User that a command authenticates as; null if it is no such command. */
export function userOf({ words, count }: Command): string | null {
  const name = words[0]!.toLowerCase();
  if (name === "auth") return count > 2 ? (words[1] ?? null) : "default";
  if (name !== "hello") return null;
  const at = words.findIndex((word) => word.toLowerCase() === "auth");
  return at < 0 ? null : (words[at + 1] ?? null);
}

/**
 * Words of a command written by hand. Quotes stay, as Zeek keeps them; NUL, tab, line feed, return and space separate.
 * Zeek src/analyzer/protocol/redis/redis.spicy
 */
export function inlineWords(line: string): string[] {
  return line.match(/(?:"(?:\\"|[^"])*(?:"|$)|'(?:\\'|[^'])*(?:'|$)|[^\0\t\n\r "'])+/gu) ?? [];
}
