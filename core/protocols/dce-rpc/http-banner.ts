import type { ByteReader } from "../../bytes/reader.ts";
import { HTTP_BANNER } from "./pdu.ts";

/** The banner of RPC over HTTP, with which a server may begin before its first PDU. */
export class HttpBanner {
  /** Octets that may still come. */
  #left = HTTP_BANNER.length;

  /** Passes over it; `r` is at the responder's next octets. @returns true once it has come whole. */
  pass(r: ByteReader): boolean {
    if (this.#left === 0) return false;
    while (this.#left > 0 && r.left > 0) {
      if (r.peekU8() !== HTTP_BANNER.charCodeAt(HTTP_BANNER.length - this.#left)) {
        this.#left = 0;
        return false;
      }
      r.skip(1);
      this.#left--;
    }
    return this.#left === 0;
  }

  /** Octets are missing: there is none to be expected any more. */
  lost(): void {
    this.#left = 0;
  }
}
