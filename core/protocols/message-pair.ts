import type { ByteReader } from "../bytes/reader.ts";
import type { Framing } from "./message-heads.ts";
import { MessageHeads } from "./message-heads.ts";
import type { Connection } from "./protocol.ts";

/** Both directions of a stream of messages with one framing, read until something comes that is no message. */
export class MessagePair {
  readonly #originator: MessageHeads;
  readonly #responder: MessageHeads;
  #isOver = false;

  /**
   * @param limit Most octets of a message that are delivered.
   * @param framing How the messages of a direction are told apart, and who gets them.
   */
  constructor(conn: Connection, limit: number, framing: (fromOriginator: boolean) => Omit<Framing, "broken">) {
    const side = (fromOriginator: boolean): MessageHeads =>
      new MessageHeads(conn, fromOriginator, limit, { ...framing(fromOriginator), broken: () => this.end() });
    this.#originator = side(true);
    this.#responder = side(false);
  }

  data(r: ByteReader, fromOriginator: boolean): void {
    if (!this.#isOver) (fromOriginator ? this.#originator : this.#responder).data(r);
  }

  gap(octets: number, fromOriginator: boolean): void {
    if (!this.#isOver) (fromOriginator ? this.#originator : this.#responder).gap(octets);
  }

  /** Nothing more is read. */
  end(): void {
    this.#isOver = true;
  }
}
