import { Charge, textWeight } from "../../bytes/held-budget.ts";
import type { ByteReader } from "../../bytes/reader.ts";
import { utf8OfLatin1 } from "../../bytes/text.ts";
import type { Analyzer, Connection, Moment, RecordSink } from "../protocol.ts";
import { ENCRYPT, ENVIRON, NEW_ENVIRON, TERMINAL_TYPE, TelnetReader, optionName } from "./options.ts";
import { TELNET_RECORD } from "./records.ts";

/** Longest line typed or shown that is looked at. */
const MAX_LINE = 512;
/** Most lines typed that are kept. */
const MAX_COMMANDS = 200;
/** Most options and variables that are kept. */
const MAX_LISTED = 64;
const WILL = 0xfb;
/** Suboptions of ENCRYPT that begin to encrypt: START. RFC 2946 2 */
const ENCRYPT_START = "\x03";

const USER_PROMPT = /(?<!last )(?:log ?[io]n|user ?(?:name|id)?|account) ?[:>]? ?$/i;
const SECRET_PROMPT = /(?:pass(?:word|code|phrase)?|pin|secret)[^:\n]{0,40}: ?$/i;
const REFUSAL = /incorrect|invalid|fail(?:ed|ure)|denied|not (?:valid|correct)|bad (?:password|login|secrets)|wrong/i;
/** A prompt of a shell or of a device, or what is said at log-on. */
const WELCOME = /(?:[$#>%\]] ?$)|last login|welcome|successful/i;

/** Telnet on one connection. RFC 854 */
export class TelnetAnalyzer implements Analyzer {
  readonly #conn: Connection;
  readonly #out: RecordSink;
  readonly #from: Moment;
  #to: Moment;
  readonly #client: TelnetReader;
  readonly #server: TelnetReader;
  readonly #options: readonly [Set<string>, Set<string>] = [new Set(), new Set()];
  readonly #environment: string[] = [];
  readonly #commands: string[] = [];
  /** What the commands take. */
  readonly #charge = new Charge();
  #terminal: string | null = null;
  #banner: string | null = null;
  #typed = "";
  #isTyping = false;
  /** The server's line at hand: a prompt has no end. */
  #shown = "";
  #expects: "user" | "secret" | "command" = "command";
  #user: string | null = null;
  #attempts = 0;
  #success: boolean | null = null;
  /** A password was typed and nothing tells yet what came of it. */
  #isUndecided = false;
  #isEncrypted = false;

  constructor(conn: Connection, out: RecordSink) {
    this.#conn = conn;
    this.#out = out;
    this.#from = this.#to = conn.now;
    const side = (isClient: boolean, text: (octet: number) => void): TelnetReader =>
      new TelnetReader({
        text,
        option: (verb, code) => this.#option(isClient, verb, code),
        suboption: (code, content) => this.#suboption(isClient, code, content),
      });
    this.#client = side(true, (octet) => this.#fromClient(octet));
    this.#server = side(false, (octet) => this.#fromServer(octet));
  }

  data(r: ByteReader, fromOriginator: boolean): void {
    this.#to = this.#conn.now;
    const reader = fromOriginator ? this.#client : this.#server;
    while (r.left > 0 && !this.#isEncrypted) reader.octet(r.u8());
    r.pos = r.end;
  }

  gap(_octets: number, fromOriginator: boolean): void {
    (fromOriginator ? this.#client : this.#server).clear();
    if (fromOriginator) this.#typed = "";
    else this.#shown = "";
  }

  close(): void {
    this.#prompt();
    const listed = (values: Iterable<string>): string[] | null => {
      const all = [...values];
      return all.length === 0 ? null : all;
    };
    const row = {
      user: this.#user,
      password_sent: this.#attempts > 0,
      attempts: this.#attempts,
      success: this.#success,
      terminal: this.#terminal,
      environment: listed(this.#environment),
      client_options: listed(this.#options[0]),
      server_options: listed(this.#options[1]),
      is_encrypted: this.#isEncrypted,
      commands: listed(this.#commands),
      banner: this.#banner,
    };
    this.#out.emit(TELNET_RECORD, row, this.#from, this.#to);
  }

  #option(isClient: boolean, verb: number, code: number): void {
    this.#conn.confirm();
    const offered = this.#options[isClient ? 0 : 1];
    if (verb === WILL && offered.size < MAX_LISTED) offered.add(optionName(code));
  }

  #suboption(isClient: boolean, code: number, content: string): void {
    this.#conn.confirm();
    if (code === ENCRYPT && content.startsWith(ENCRYPT_START)) this.#isEncrypted = true;
    if (!isClient) return;
    // IS is 0; what it names stands behind it.
    if (code === TERMINAL_TYPE && content.startsWith("\0")) this.#terminal = utf8OfLatin1(content.slice(1));
    if ((code === NEW_ENVIRON || code === ENVIRON) && /^[\0\x02]/.test(content)) this.#variables(content.slice(1));
  }

  /** VAR 0 or USERVAR 3, the name, VALUE 1, the value. RFC 1572 2 */
  #variables(content: string): void {
    for (const [, name, value] of content.matchAll(/[\0\x03]([^\0\x01\x03]*)(?:\x01([^\0\x03]*))?/g)) {
      if (this.#environment.length < MAX_LISTED) this.#environment.push(utf8OfLatin1(`${name!}=${value ?? ""}`));
      if (name === "USER" && value !== undefined && value !== "") this.#user ??= utf8OfLatin1(value);
    }
  }

  #fromClient(octet: number): void {
    if (!this.#isTyping) this.#prompt();
    this.#isTyping = true;
    if (octet === 0x0d || octet === 0x0a || octet === 0) {
      // A line ends with CR LF, CR NUL or LF: what follows a CR is no line of its own.
      if (octet === 0x0d || this.#typed !== "") this.#line();
      else this.#isTyping = false;
    } else if (octet === 0x08 || octet === 0x7f) {
      this.#typed = this.#typed.slice(0, -1);
    } else if (octet === 0x15 || octet === 0x03) {
      this.#typed = "";
    } else if (octet >= 0x20 && this.#typed.length < MAX_LINE) {
      this.#typed += String.fromCharCode(octet);
    }
  }

  #line(): void {
    const line = this.#typed;
    this.#isTyping = false;
    this.#typed = "";
    if (this.#expects === "secret") {
      this.#attempts++;
      this.#isUndecided = true;
    } else if (this.#expects === "user") {
      if (line !== "") this.#user = utf8OfLatin1(line);
    } else if (line.trim() !== "" && this.#commands.length < MAX_COMMANDS) {
      this.#commands.push(utf8OfLatin1(line));
      this.#charge.add(textWeight(line));
    }
    this.#expects = "command";
    this.#shown = "";
  }

  #fromServer(octet: number): void {
    if (octet === 0x0a || octet === 0x0d) {
      this.#judge();
      if (this.#banner === null && this.#shown.trim() !== "") this.#banner = utf8OfLatin1(this.#shown.trim());
      this.#shown = "";
    } else if (octet >= 0x20 && this.#shown.length < MAX_LINE) {
      this.#shown += String.fromCharCode(octet);
    }
  }

  /** The client begins to type, or the session ends: what stands behind the server's last line end may be a prompt. */
  #prompt(): void {
    if (SECRET_PROMPT.test(this.#shown)) {
      this.#refuse();
      this.#expects = "secret";
    } else if (USER_PROMPT.test(this.#shown)) {
      this.#refuse();
      this.#expects = "user";
    } else {
      this.#judge();
    }
  }

  /** The server asks again. */
  #refuse(): void {
    if (this.#isUndecided) this.#success = false;
    this.#isUndecided = false;
  }

  #judge(): void {
    if (!this.#isUndecided) return;
    if (REFUSAL.test(this.#shown)) {
      this.#refuse();
    } else if (WELCOME.test(this.#shown)) {
      this.#success = true;
      this.#isUndecided = false;
      this.#conn.identity = { user: this.#user, domain: null, workstation: null, mechanism: "plain" };
    }
  }
}
