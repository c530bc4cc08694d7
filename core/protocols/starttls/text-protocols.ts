import type { ByteReader } from "../../bytes/reader.ts";
import type { ProbeHint, Protocol, Verdict } from "../protocol.ts";
import type { Upgrade } from "./dialogue.ts";
import { DialogueAnalyzer } from "./dialogue.ts";

const LF = 0x0a;
const GREATER_THAN = 0x3e;
const MAX_FIRST_LINE = 512;

/** How the first line of each side is judged. */
interface Beginning {
  /** The server's first line, on any port. */
  readonly server: RegExp;
  /** The server's first line on a port of the protocol. */
  readonly serverOnPort: RegExp;
  /** The client's first line, on any port. */
  readonly client: RegExp;
}

function textProtocol(
  name: string,
  specs: readonly string[],
  ports: readonly number[],
  beginning: Beginning,
  upgrade: Upgrade,
): Protocol {
  return {
    name,
    specs,
    over: ["tcp"],
    ports,
    probe: (r, hint) => probeLine(r, hint, beginning, upgrade.lineEnd),
    open: (conn) => new DialogueAnalyzer(conn, upgrade),
    records: [],
    weirds: [],
  };
}

function probeLine(r: ByteReader, hint: ProbeHint, beginning: Beginning, lineEnd: number): Verdict {
  const first = r.peekU8();
  if (first >= 0 && (first < 0x20 || first > 0x7e)) return "no";
  const end = r.find(lineEnd);
  if (end < 0) return r.left > MAX_FIRST_LINE ? "no" : "more";
  if (end - r.pos > MAX_FIRST_LINE) return "no";
  const line = Buffer.from(r.source.buffer, r.source.byteOffset + r.pos, end - r.pos)
    .toString("latin1")
    .trim();
  if (hint.fromOriginator) return beginning.client.test(line) ? "yes" : "no";
  if (beginning.server.test(line)) return "yes";
  return hint.onPort && beginning.serverOnPort.test(line) ? "yes" : "no";
}

export const pop3 = textProtocol(
  "pop3",
  ["RFC 1939", "RFC 2595"],
  [110],
  { server: /^\+OK\b.*\bPOP3?\b/i, serverOnPort: /^\+OK\b/, client: /^(?:CAPA|STLS|APOP \S+ [0-9a-f]{32})$/i },
  { asks: /^STLS$/i, agrees: /^\+OK\b/, lineEnd: LF, shows: /^(?:CAPA|STLS|USER \S+|APOP \S+ \S+|AUTH\b.*)$/i },
);

export const imap = textProtocol(
  "imap",
  ["RFC 3501"],
  [143],
  {
    server: /^\* (?:OK|PREAUTH)\b.*\bIMAP/i,
    serverOnPort: /^\* (?:OK|PREAUTH)\b/i,
    client: /^\S{1,16} (?:CAPABILITY|STARTTLS)$/i,
  },
  {
    asks: /^(\S+ )STARTTLS$/i,
    agrees: /^\S+ OK\b/i,
    lineEnd: LF,
    shows: /^(?:\* CAPABILITY\b|\S+ (?:CAPABILITY|STARTTLS)$)/i,
  },
);

export const irc = textProtocol(
  "irc",
  ["RFC 2812"],
  [6666, 6667, 6668, 6669],
  {
    server: /^:\S+ (?:NOTICE|\d\d\d) \S+ :?/,
    serverOnPort: /^(?::\S+ )?NOTICE \S+ :/,
    client: /^(?:STARTTLS|CAP LS(?: 302)?|USER \S+ \S+ \S+ :.*|NICK \S+)$/i,
  },
  {
    asks: /^STARTTLS$/i,
    agrees: /^(?::\S+ )?670\b/,
    lineEnd: LF,
    shows: /^(?:USER \S+ \S+ \S+ :|NICK |STARTTLS$|:\S+ \d\d\d )/i,
  },
);

export const xmpp = textProtocol(
  "xmpp",
  ["RFC 6120"],
  [5222, 5269],
  {
    server: /^<\?xml [^>]*$|^<stream:stream\b/,
    serverOnPort: /^</,
    client: /^<\?xml [^>]*$|^<stream:stream\b/,
  },
  { asks: /<starttls\b/, agrees: /<proceed\b/, lineEnd: GREATER_THAN, shows: /<stream:stream\b/ },
);
