import { GatheredOctets } from "../../bytes/gathered-octets.ts";
import { Charge } from "../../bytes/held-budget.ts";
import { ByteReader } from "../../bytes/reader.ts";
import { readXml } from "../../bytes/xml.ts";

/** One PSRP message. [MS-PSRP] 2.2.1 */
export interface PsrpMessage {
  readonly type: number;
  readonly runspacePool: string;
  /** Pipeline that it is of, null if it is of the pool. */
  readonly pipeline: string | null;
  /** CLIXML. */
  readonly data: string;
}

/** [MS-PSRP] 2.2.1 */
const MESSAGE_TYPES: Readonly<Record<number, string>> = {
  0x00010002: "SESSION_CAPABILITY",
  0x00010004: "INIT_RUNSPACEPOOL",
  0x00010005: "PUBLIC_KEY",
  0x00010006: "ENCRYPTED_SESSION_KEY",
  0x00010007: "PUBLIC_KEY_REQUEST",
  0x00010008: "CONNECT_RUNSPACEPOOL",
  0x0002100b: "RUNSPACEPOOL_INIT_DATA",
  0x0002100c: "RESET_RUNSPACE_STATE",
  0x00021002: "SET_MAX_RUNSPACES",
  0x00021003: "SET_MIN_RUNSPACES",
  0x00021004: "RUNSPACE_AVAILABILITY",
  0x00021005: "RUNSPACEPOOL_STATE",
  0x00021006: "CREATE_PIPELINE",
  0x00021007: "GET_AVAILABLE_RUNSPACES",
  0x00021008: "USER_EVENT",
  0x00021009: "APPLICATION_PRIVATE_DATA",
  0x0002100a: "GET_COMMAND_METADATA",
  0x00021100: "RUNSPACEPOOL_HOST_CALL",
  0x00021101: "RUNSPACEPOOL_HOST_RESPONSE",
  0x00041002: "PIPELINE_INPUT",
  0x00041003: "END_OF_PIPELINE_INPUT",
  0x00041004: "PIPELINE_OUTPUT",
  0x00041005: "ERROR_RECORD",
  0x00041006: "PIPELINE_STATE",
  0x00041007: "DEBUG_RECORD",
  0x00041008: "VERBOSE_RECORD",
  0x00041009: "WARNING_RECORD",
  0x00041010: "PROGRESS_RECORD",
  0x00041011: "INFORMATION_RECORD",
  0x00041100: "PIPELINE_HOST_CALL",
  0x00041101: "PIPELINE_HOST_RESPONSE",
};

export const CREATE_PIPELINE = 0x00021006;

export function psrpMessageType(type: number): string {
  return MESSAGE_TYPES[type] ?? `0x${type.toString(16).padStart(8, "0")}`;
}

/** Object and fragment ids, flags, length. [MS-PSRP] 2.2.4 */
const FRAGMENT_HEADER = 8 + 8 + 1 + 4;
const START = 1;
const END = 2;
/** Destination, type, two GUIDs. */
const MESSAGE_HEADER = 40;
/** Most octets held of messages that are not complete, and of one message: scripts are kept in full up to this. */
const MAX_HELD = 1 << 20;
/** Most messages begun and not ended at one time. */
const MAX_OPEN = 16;
const NO_GUID = "00000000-0000-0000-0000-000000000000";

/** Puts the messages of one direction together from their fragments. */
export class PsrpFragments {
  readonly #open = new Map<bigint, GatheredOctets>();
  #held = 0;

  /** Reads whole fragments, and gives the messages that are complete with them. */
  add(octets: Uint8Array): PsrpMessage[] {
    const r = new ByteReader(octets);
    const messages: PsrpMessage[] = [];
    while (r.left >= FRAGMENT_HEADER) {
      const id = r.u64be();
      r.skip(8);
      const flags = r.u8();
      const blob = r.bytes(r.u32be());
      if (r.truncated) break;
      if ((flags & START) !== 0) this.#drop(id);
      if ((flags & START) !== 0) this.#open.set(id, new GatheredOctets(new Charge()));
      const held = this.#open.get(id);
      if (held === undefined) continue;
      held.add(blob, 0, blob.length);
      this.#held += blob.length;
      if ((flags & END) !== 0) {
        const message = readMessage(held.octets());
        if (message !== null) messages.push(message);
        this.#drop(id);
      }
      while (this.#held > MAX_HELD || this.#open.size > MAX_OPEN) this.#drop(this.#open.keys().next().value!);
    }
    return messages;
  }

  /** A piece was lost: what is incomplete stays so. */
  clear(): void {
    for (const id of this.#open.keys()) this.#drop(id);
  }

  #drop(id: bigint): void {
    const dropped = this.#open.get(id);
    if (dropped === undefined) return;
    this.#held -= dropped.length;
    dropped.clear();
    this.#open.delete(id);
  }
}

function readMessage(octets: Uint8Array): PsrpMessage | null {
  if (octets.length < MESSAGE_HEADER) return null;
  const r = new ByteReader(octets);
  r.skip(4);
  const type = r.u32le();
  const runspacePool = guid(r);
  const pipeline = guid(r);
  const data = r.utf8(r.left).replace(/^\ufeff/, "");
  return { type, runspacePool, pipeline: pipeline === NO_GUID ? null : pipeline, data };
}

function guid(r: ByteReader): string {
  const hexOf = (value: number, digits: number): string => value.toString(16).padStart(digits, "0");
  const first = `${hexOf(r.u32le(), 8)}-${hexOf(r.u16le(), 4)}-${hexOf(r.u16le(), 4)}`;
  return `${first}-${r.hex(2)}-${r.hex(6)}`;
}

/** Most text of a pipeline that is kept. */
const MAX_SCRIPT = 65_536;

/**
 * Commands and scripts of a CREATE_PIPELINE message as one would type them: parameters behind their command, "|"
 * between commands. [MS-PSRP] 2.2.2.10 and 2.2.3.11
 */
export function pipelineText(clixml: string): string | null {
  const commands: string[] = [];
  let length = 0;
  readXml(clixml, {
    close: ({ attributes, path }, text) => {
      if (length > MAX_SCRIPT) return;
      const name = attributes.get("N");
      if (name === "Cmd") {
        commands.push(unescapeClixml(text));
      } else if ((name === "N" || name === "V") && commands.length > 0 && path.length > 2 && text !== "") {
        const shown = unescapeClixml(text);
        const part = name === "N" ? (shown.startsWith("-") ? shown : `-${shown}`) : quoted(shown);
        commands.push(`${commands.pop()!} ${part}`);
      } else {
        return;
      }
      length += text.length;
    },
  });
  return commands.length === 0 ? null : commands.join(" | ").slice(0, MAX_SCRIPT);
}

function quoted(text: string): string {
  return /\s/.test(text) ? `"${text}"` : text;
}

/** CLIXML writes control characters as _x000A_. [MS-PSRP] 2.2.5.3.2 */
function unescapeClixml(text: string): string {
  return text.replace(/_x([0-9A-Fa-f]{4})_/g, (_, code: string) => String.fromCharCode(parseInt(code, 16)));
}
