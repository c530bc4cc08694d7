import type { XmlElement } from "../../bytes/xml.ts";
import { readXml } from "../../bytes/xml.ts";

/** What one WS-Management message says in clear. [MS-WSMV] 2.2 */
export interface SoapMessage {
  action: string | null;
  to: string | null;
  resource: string | null;
  messageId: string | null;
  operationId: string | null;
  /** "Name=value" of each selector, which says what of the resource is meant. */
  readonly selectors: string[];
  shellId: string | null;
  commandId: string | null;
  /** Program to run, or what a WMI method is given as its command line. */
  command: string | null;
  readonly commandArguments: string[];
  workingDirectory: string | null;
  /** Query of an enumeration. */
  filter: string | null;
  signal: string | null;
  commandState: string | null;
  exitCode: number | null;
  /** "name=value" of a method's arguments or of settings that are put. */
  readonly parameters: string[];
  /** Pieces of input, output and PSRP fragments, with the name of the stream ("" for those that are none). */
  readonly streams: { readonly name: string; readonly octets: Uint8Array }[];
  faultCode: string | null;
  faultReason: string | null;
}

/** Most of each list that is kept, and the longest text. */
const MAX_LIST = 100;
const MAX_TEXT = 16_384;

/** Reads a SOAP envelope; null if it is none. */
export function readSoap(xml: string): SoapMessage | null {
  const message = emptyMessage();
  let isEnvelope = false;
  readXml(xml, {
    open: (element) => {
      if (element.path.length === 0) isEnvelope = element.name === "Envelope";
    },
    close: (element, text) => {
      if (isEnvelope) takeElement(message, element, text.trim());
    },
  });
  return isEnvelope ? message : null;
}

function takeElement(message: SoapMessage, element: XmlElement, text: string): void {
  const { path, attributes } = element;
  const parent = path.at(-1);
  if (path[1] === "Header") {
    takeHeader(message, element.name, text, parent, attributes);
    return;
  }
  switch (element.name) {
    case "ShellId":
      message.shellId ??= text;
      break;
    case "CommandId":
      message.commandId ??= text;
      break;
    case "CommandLine":
      // Of a shell: its children have the text. Of a WMI method: the text is its argument.
      message.commandId ??= attributes.get("CommandId") ?? null;
      if (text !== "") message.command ??= cut(text);
      break;
    case "Command":
      if (text !== "") message.command ??= cut(text);
      break;
    case "Arguments":
      if (isShellPart(path)) add(message.commandArguments, cut(text));
      break;
    case "WorkingDirectory":
      message.workingDirectory ??= text;
      break;
    case "Filter":
      message.filter ??= cut(text);
      break;
    case "Code":
      if (parent === "Signal") message.signal ??= lastSegment(text);
      break;
    case "Signal":
      message.commandId ??= attributes.get("CommandId") ?? null;
      break;
    case "CommandState":
      message.commandId ??= attributes.get("CommandId") ?? null;
      message.commandState ??= lastSegment(attributes.get("State") ?? "");
      break;
    case "ExitCode":
      if (/^-?\d{1,10}$/.test(text)) message.exitCode ??= Number(text);
      break;
    case "DesiredStream":
      message.commandId ??= attributes.get("CommandId") ?? null;
      break;
    case "Stream":
      message.commandId ??= attributes.get("CommandId") ?? null;
      addStream(message, attributes.get("Name") ?? "", text);
      break;
    case "creationXml":
    case "connectXml":
    case "connectResponseXml":
      addStream(message, "", text);
      break;
    case "Value":
      if (parent === "Subcode" || parent === "Code") message.faultCode = text;
      break;
    case "Text":
      if (parent === "Reason") message.faultReason ??= cut(text);
      break;
    default:
      if (parent?.endsWith("_INPUT") === true) add(message.parameters, `${element.name}=${cut(text)}`);
  }
  if (element.name === "CommandLine" && parent?.endsWith("_INPUT") === true) {
    add(message.parameters, `CommandLine=${cut(text)}`);
  }
}

function takeHeader(
  message: SoapMessage,
  name: string,
  text: string,
  parent: string | undefined,
  attributes: ReadonlyMap<string, string>,
): void {
  switch (name) {
    case "Action":
      message.action ??= text;
      break;
    case "To":
      message.to ??= text;
      break;
    case "ResourceURI":
      message.resource ??= text;
      break;
    case "MessageID":
      message.messageId ??= text.replace(/^uuid:/i, "");
      break;
    case "OperationID":
      message.operationId ??= text.replace(/^uuid:/i, "");
      break;
    case "Selector":
      if (parent !== "SelectorSet") break;
      add(message.selectors, `${attributes.get("Name") ?? ""}=${cut(text)}`);
      if (attributes.get("Name") === "ShellId") message.shellId ??= text;
  }
}

/** Arguments of a command line, or of the shell of PowerShell, and not those of something else that is called so. */
function isShellPart(path: readonly string[]): boolean {
  return path.at(-1) === "CommandLine";
}

function addStream(message: SoapMessage, name: string, text: string): void {
  if (message.streams.length >= MAX_LIST || text === "") return;
  message.streams.push({ name, octets: Buffer.from(text, "base64") });
}

function add(list: string[], text: string): void {
  if (list.length < MAX_LIST) list.push(text);
}

function cut(text: string): string {
  return text.length > MAX_TEXT ? text.slice(0, MAX_TEXT) : text;
}

/** The part of a URI behind its last slash: the name of an action or state. */
export function lastSegment(uri: string): string {
  return uri.slice(uri.lastIndexOf("/") + 1);
}

function emptyMessage(): SoapMessage {
  return {
    action: null,
    to: null,
    resource: null,
    messageId: null,
    operationId: null,
    selectors: [],
    shellId: null,
    commandId: null,
    command: null,
    commandArguments: [],
    workingDirectory: null,
    filter: null,
    signal: null,
    commandState: null,
    exitCode: null,
    parameters: [],
    streams: [],
    faultCode: null,
    faultReason: null,
  };
}
