import type { Element } from "./elements.ts";
import { VALUE_OCTETS } from "./records.ts";

/** A whole reply of the server. */
export interface Reply {
  readonly kind: "reply" | "error" | "push";
  /** Zeek's text of it: lists as [a, b], sets as {a, b}, maps as {a: b}. */
  readonly text: string;
  /** True if RESP3 is needed for its type. */
  readonly needsVersion3: boolean;
}

/** Aggregates inside each other; Redis itself nests a few levels. */
const MAX_DEPTH = 32;
const VERSION_3_TYPES = "_#,(!=%~>";

interface Level {
  readonly type: string;
  left: number;
  at: number;
}

/** Puts elements together to replies. */
export class ReplyBuilder {
  readonly #levels: Level[] = [];
  /** Levels of attributes that are open: what is in them is no part of the reply. */
  #attributes = 0;
  #text = "";
  #type = "";

  /** Forgets what is unfinished. */
  clear(): void {
    this.#levels.length = 0;
    this.#attributes = 0;
    this.#text = "";
    this.#type = "";
  }

  /** @returns the reply that the element completes, else null; "broken" if it is nested too deep. */
  add(element: Element): Reply | null | "broken" {
    const { type, count } = element;
    if (type === "|") return this.#enter(type, count * 2);
    if (this.#type === "" && this.#attributes === 0) this.#type = type;
    this.#separate();
    switch (type) {
      case "*":
      case ">":
      case "~":
      case "%":
        if (count < 0) this.#write("null");
        else {
          this.#write(type === "~" || type === "%" ? "{" : "[");
          if (count > 0) return this.#enter(type, type === "%" ? count * 2 : count);
          this.#write(closing(type));
        }
        break;
      case "_":
        this.#write("null");
        break;
      case "#":
        this.#write(element.text.startsWith("t") ? "T" : "F");
        break;
      default:
        this.#write(element.text);
    }
    return this.#finished();
  }

  #enter(type: string, left: number): null | "broken" | Reply {
    if (type === "|") {
      if (left <= 0) return null;
      this.#attributes++;
    }
    if (this.#levels.length >= MAX_DEPTH) return "broken";
    this.#levels.push({ type, left, at: 0 });
    return null;
  }

  /** Closes the aggregates that are full. */
  #finished(): Reply | null {
    for (;;) {
      const level = this.#levels.at(-1);
      if (level === undefined) break;
      level.at++;
      if (--level.left > 0) return null;
      this.#levels.pop();
      if (level.type === "|") {
        // What the attribute is about still comes.
        this.#attributes--;
        return null;
      }
      this.#write(closing(level.type));
    }
    const kind = this.#type === "-" || this.#type === "!" ? "error" : this.#type === ">" ? "push" : "reply";
    const reply = { kind, text: this.#text, needsVersion3: VERSION_3_TYPES.includes(this.#type) } as const;
    this.clear();
    return reply;
  }

  #separate(): void {
    const level = this.#levels.at(-1);
    if (level === undefined || level.at === 0) return;
    this.#write(level.type === "%" && level.at % 2 === 1 ? ": " : ", ");
  }

  #write(text: string): void {
    if (this.#attributes === 0 && this.#text.length < VALUE_OCTETS) {
      this.#text += text.slice(0, VALUE_OCTETS - this.#text.length);
    }
  }
}

function closing(type: string): string {
  return type === "~" || type === "%" ? "}" : "]";
}
