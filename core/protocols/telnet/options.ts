const IAC = 0xff;
const SB = 0xfa;
const SE = 0xf0;
const WILL = 0xfb;
const DONT = 0xfe;
/** Longest suboption that is kept. */
const MAX_SUBOPTION = 1024;

/** Names of options. IANA "Telnet Options" */
const OPTION_NAMES: Readonly<Record<number, string>> = {
  0: "BINARY",
  1: "ECHO",
  3: "SGA",
  5: "STATUS",
  6: "TIMING-MARK",
  24: "TERMINAL-TYPE",
  31: "NAWS",
  32: "TERMINAL-SPEED",
  33: "REMOTE-FLOW-CONTROL",
  34: "LINEMODE",
  35: "X-DISPLAY-LOCATION",
  36: "ENVIRON",
  37: "AUTHENTICATION",
  38: "ENCRYPT",
  39: "NEW-ENVIRON",
};

export const TERMINAL_TYPE = 24;
export const ENVIRON = 36;
export const ENCRYPT = 38;
export const NEW_ENVIRON = 39;

/** The option's name, or its number. */
export function optionName(code: number): string {
  return OPTION_NAMES[code] ?? String(code);
}

/** Takes what one direction says. */
export interface TelnetHandler {
  text(octet: number): void;
  /** @param verb WILL, WONT, DO, DONT: 251 to 254. */
  option(verb: number, code: number): void;
  suboption(code: number, content: string): void;
}

/** Parts text from commands in one direction. RFC 854, RFC 855 */
export class TelnetReader {
  readonly #handler: TelnetHandler;
  #state: "text" | "command" | "option" | "suboption" | "suboption-command" = "text";
  #verb = 0;
  #content = "";

  constructor(handler: TelnetHandler) {
    this.#handler = handler;
  }

  clear(): void {
    this.#state = "text";
  }

  octet(octet: number): void {
    switch (this.#state) {
      case "text":
        if (octet === IAC) this.#state = "command";
        else this.#handler.text(octet);
        return;
      case "command":
        this.#command(octet);
        return;
      case "option":
        this.#handler.option(this.#verb, octet);
        this.#state = "text";
        return;
      case "suboption":
        if (octet === IAC) this.#state = "suboption-command";
        else if (this.#content.length < MAX_SUBOPTION) this.#content += String.fromCharCode(octet);
        return;
      case "suboption-command":
        if (octet === IAC) {
          this.#content += "\xff";
          this.#state = "suboption";
          return;
        }
        if (this.#content !== "") this.#handler.suboption(this.#content.charCodeAt(0), this.#content.slice(1));
        this.#state = "text";
        if (octet !== SE) this.#command(octet);
        return;
    }
  }

  #command(octet: number): void {
    this.#state = "text";
    if (octet >= WILL && octet <= DONT) {
      this.#verb = octet;
      this.#state = "option";
    } else if (octet === SB) {
      this.#content = "";
      this.#state = "suboption";
    } else if (octet === IAC) {
      this.#handler.text(octet);
    }
  }
}
