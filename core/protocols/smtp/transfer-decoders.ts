/** Undoes a content transfer encoding, line by line. RFC 2045 6 */
export interface TransferDecoder {
  /** @param line One character an octet, without its end. @param isEnded False if no line end stood behind it. */
  line(line: string, isEnded: boolean): Uint8Array;
  /** What is left at the end. */
  end(): Uint8Array;
}

const NOTHING = new Uint8Array(0);
const CR_LF = "\r\n";

/** 7bit, 8bit, binary and what nobody knows: the lines as they are. */
export class PlainDecoder implements TransferDecoder {
  /** In a part of a multipart the last line end belongs to the delimiter behind it. RFC 2046 5.1.1 */
  readonly #isPart: boolean;
  #owed = "";

  constructor(isPart: boolean) {
    this.#isPart = isPart;
  }

  line(line: string, isEnded: boolean): Uint8Array {
    const end = isEnded ? CR_LF : "";
    const text = this.#owed + line + (this.#isPart ? "" : end);
    this.#owed = this.#isPart ? end : "";
    return Buffer.from(text, "latin1");
  }

  end(): Uint8Array {
    return NOTHING;
  }
}

/** RFC 2045 6.8. Characters outside the alphabet are passed over. */
export class Base64Decoder implements TransferDecoder {
  /** Characters of a group that is not whole: at most 3. */
  #pending = "";

  line(line: string): Uint8Array {
    const text = this.#pending + line.replaceAll(/[^A-Za-z0-9+/=]/g, "");
    const whole = text.length - (text.length % 4);
    this.#pending = text.slice(whole);
    return decoded(text.slice(0, whole));
  }

  end(): Uint8Array {
    const rest = this.#pending;
    this.#pending = "";
    return decoded(rest);
  }
}

function decoded(text: string): Uint8Array {
  const padding = text.indexOf("=");
  if (padding < 0 || padding >= text.length - 2) return Buffer.from(text, "base64");
  // Several texts one behind the other, each padded.
  return Buffer.concat(text.split(/(?<==)(?=[^=])/).map((part) => Buffer.from(part, "base64")));
}

/** RFC 2045 6.7 */
export class QuotedPrintableDecoder implements TransferDecoder {
  line(line: string): Uint8Array {
    const text = line.replace(/(?<![ \t])[ \t]+$/, "");
    const isSoft = text.endsWith("=");
    const octets = (isSoft ? text.slice(0, -1) : text).replaceAll(/=([0-9A-Fa-f]{2})/g, (_, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    );
    return Buffer.from(isSoft ? octets : octets + CR_LF, "latin1");
  }

  end(): Uint8Array {
    return NOTHING;
  }
}
