/** What a scheduled task runs, from its XML. [MS-TSCH] 2.5 */
export interface TaskSummary {
  /** Command lines of all Exec actions, " && " between them; null if there is none. */
  readonly command: string | null;
  /** Account that it runs as. */
  readonly principal: string | null;
  readonly author: string | null;
  readonly isHidden: boolean;
}

/** Most octets of XML that are looked at, and most actions. */
const SCANNED = 262_144;
const MOST_ACTIONS = 32;

/**
 * Reads the few elements that matter by searching for their tags: no entity but the five of XML is known, and a
 * document that is cut short gives what is there.
 */
export function taskCommand(xml: string): TaskSummary {
  const text = xml.length > SCANNED ? xml.slice(0, SCANNED) : xml;
  const commands: string[] = [];
  let from = 0;
  while (commands.length < MOST_ACTIONS) {
    const action = element(text, "Exec", from);
    if (action === null) break;
    const command = element(action.text, "Command", 0)?.text ?? "";
    const given = element(action.text, "Arguments", 0)?.text ?? "";
    const line = [unescaped(command.trim()), unescaped(given.trim())].filter((part) => part !== "").join(" ");
    if (line !== "") commands.push(line);
    from = action.end;
  }
  const handler = element(text, "ComHandler", 0);
  if (handler !== null) {
    const classId = element(handler.text, "ClassId", 0);
    if (classId !== null) commands.push(`COM class ${unescaped(classId.text.trim())}`);
  }
  const principal = element(text, "UserId", 0) ?? element(text, "GroupId", 0);
  const author = element(text, "Author", 0);
  const hidden = element(text, "Hidden", 0);
  return {
    command: commands.length === 0 ? null : commands.join(" && "),
    principal: principal === null ? null : unescaped(principal.text.trim()),
    author: author === null ? null : unescaped(author.text.trim()),
    isHidden: hidden?.text.trim() === "true",
  };
}

/** Text of the next element of this name; up to the end of the document if its end tag is missing. */
function element(xml: string, name: string, from: number): { readonly text: string; readonly end: number } | null {
  let at = from;
  for (;;) {
    at = xml.indexOf(`<${name}`, at);
    if (at < 0) return null;
    at += name.length + 1;
    const next = xml[at];
    if (next === ">" || next === " " || next === "\t" || next === "\r" || next === "\n" || next === "/") break;
  }
  const open = xml.indexOf(">", at);
  if (open < 0) return null;
  if (xml[open - 1] === "/") return { text: "", end: open + 1 };
  const close = xml.indexOf(`</${name}`, open);
  const end = close < 0 ? xml.length : close;
  return { text: xml.slice(open + 1, end), end: close < 0 ? xml.length : close + name.length + 2 };
}

const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

function unescaped(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|#x([0-9a-fA-F]{1,6})|([a-z]{2,4}));/g, (whole, decimal, hexadecimal, name) => {
    if (typeof name === "string") return ENTITIES[name] ?? whole;
    const code = typeof decimal === "string" ? parseInt(decimal, 10) : parseInt(String(hexadecimal), 16);
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}
