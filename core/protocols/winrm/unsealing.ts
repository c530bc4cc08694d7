import type { Connection, RecordSink } from "../protocol.ts";
import type { SecurityContext } from "../security-context.ts";
import { ContextUnsealer } from "../unsealing/context-unsealer.ts";
import { sealedParts } from "./sealed-body.ts";

const NOTHING = new Uint8Array(0);

/** Opens the sealed bodies of one connection, as far as a secret was given. [MS-WSMV] 2.2.9.1 */
export class BodyUnsealer {
  readonly #conn: Connection;
  readonly #out: RecordSink;
  #unsealer: ContextUnsealer | null = null;
  /** The authentication that it is of: another one begins anew. */
  #context: SecurityContext | null = null;

  constructor(conn: Connection, out: RecordSink) {
    this.#conn = conn;
    this.#out = out;
  }

  /** @param body The whole body; null if octets of it are missing. @returns what is inside; null if it stays sealed. */
  open(body: Buffer | null, isRequest: boolean): Buffer | null {
    const unsealer = this.#current();
    if (unsealer === null) return null;
    const parts = body === null ? null : sealedParts(body);
    if (parts === null) {
      unsealer.lost(isRequest);
      return null;
    }
    const clear: Uint8Array[] = [];
    for (const { token, sealed } of parts) {
      // A wrap token of Kerberos goes on in what stands behind it.
      const message = unsealer.isNtlm
        ? { before: NOTHING, sealed, after: NOTHING, token }
        : { before: NOTHING, sealed: NOTHING, after: NOTHING, token: Buffer.concat([token, sealed]) };
      const text = unsealer.open(message, isRequest);
      if (text === null) return null;
      clear.push(text);
    }
    return Buffer.concat(clear);
  }

  close(): void {
    this.#unsealer?.close(this.#out);
  }

  #current(): ContextUnsealer | null {
    const { securityContext } = this.#conn;
    if (securityContext === null) return this.#unsealer;
    if (this.#unsealer === null || this.#context !== securityContext) {
      this.#unsealer?.close(this.#out);
      this.#unsealer = new ContextUnsealer("winrm", "plain", this.#conn, securityContext);
      this.#context = securityContext;
    }
    return this.#unsealer;
  }
}
