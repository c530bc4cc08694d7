/** Most elements of a document that are read, and the deepest they may lie inside each other. */
const MAX_ELEMENTS = 20_000;
const MAX_DEPTH = 128;
/** Attributes of one element that are read. */
const MAX_ATTRIBUTES = 32;

/** An element as it is met. Names are without their prefix. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  /** Names of the elements around it, outermost first; borrowed. */
  readonly path: readonly string[];
}

/** What is made of a document. */
export interface XmlHandler {
  open?(element: XmlElement): void;
  /** An element has ended; `text` is its own text, without that of the elements inside it. */
  close?(element: XmlElement, text: string): void;
}

interface OpenElement extends XmlElement {
  text: string;
}

const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

/**
 * Reads XML from front to end: elements, attributes, text and CDATA. Nothing is declared, expanded or fetched: a
 * document type, comments and instructions are passed over, and only the five entities of XML and character references
 * are known. A document that is cut short or malformed gives what stands before that.
 */
export function readXml(xml: string, handler: XmlHandler): void {
  const open: OpenElement[] = [];
  const path: string[] = [];
  let at = 0;
  for (let elements = 0; elements < MAX_ELEMENTS;) {
    const tag = xml.indexOf("<", at);
    if (tag < 0) return;
    const around = open.at(-1);
    if (around !== undefined && tag > at) around.text += unescapeXml(xml.slice(at, tag));
    if (xml.startsWith("<![CDATA[", tag)) {
      const end = endOf(xml, "]]>", tag);
      if (around !== undefined) around.text += xml.slice(tag + 9, end - 3);
      at = end;
      continue;
    }
    const kind = xml[tag + 1];
    if (kind === "!" || kind === "?") {
      at = xml.startsWith("<!--", tag) ? endOf(xml, "-->", tag) : endOf(xml, ">", tag);
      continue;
    }
    const end = tagEnd(xml, tag);
    if (end < 0) return;
    if (kind === "/") {
      const ended = open.pop();
      if (ended === undefined) return;
      path.pop();
      handler.close?.(ended, ended.text);
    } else {
      elements++;
      if (open.length >= MAX_DEPTH) return;
      const isEmpty = xml[end - 2] === "/";
      const element = openElement(xml.slice(tag + 1, isEmpty ? end - 2 : end - 1), path);
      handler.open?.(element);
      if (isEmpty) {
        handler.close?.(element, "");
      } else {
        open.push(element);
        path.push(element.name);
      }
    }
    at = end;
  }
}

/** The five entities of XML and character references; others stay as they are. */
export function unescapeXml(text: string): string {
  if (!text.includes("&")) return text;
  return text.replace(/&(?:#(\d{1,7})|#x([0-9a-fA-F]{1,6})|([a-z]{2,4}));/g, (whole, decimal, hexadecimal, name) => {
    if (typeof name === "string") return ENTITIES[name] ?? whole;
    const code = typeof decimal === "string" ? parseInt(decimal, 10) : parseInt(String(hexadecimal), 16);
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}

/** Position behind `mark`, or the end of the document. */
function endOf(xml: string, mark: string, from: number): number {
  const at = xml.indexOf(mark, from);
  return at < 0 ? xml.length : at + mark.length;
}

/** Position behind a tag's ">", which may also stand in the value of an attribute; -1 if it is not there. */
function tagEnd(xml: string, from: number): number {
  for (let at = from + 1; at < xml.length; at++) {
    const character = xml[at];
    if (character === ">") return at + 1;
    if (character !== '"' && character !== "'") continue;
    at = xml.indexOf(character, at + 1);
    if (at < 0) return -1;
  }
  return -1;
}

function openElement(tag: string, path: readonly string[]): OpenElement {
  const name = /^[^\s/>]+/.exec(tag)?.[0] ?? "";
  const attributes = new Map<string, string>();
  const pattern = /(?<![^\s=])([^\s=]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g;
  pattern.lastIndex = name.length;
  for (let match = pattern.exec(tag); match !== null && attributes.size < MAX_ATTRIBUTES; match = pattern.exec(tag)) {
    attributes.set(localName(match[1]!), unescapeXml(match[2] ?? match[3] ?? ""));
  }
  return { name: localName(name), attributes, path, text: "" };
}

function localName(name: string): string {
  return name.slice(name.indexOf(":") + 1);
}
