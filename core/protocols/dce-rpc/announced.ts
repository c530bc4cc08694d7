import type { Connection } from "../protocol.ts";
import { interfaceOfPipe } from "./interfaces/index.ts";
import type { LearnedEndpoint } from "./interfaces/interface.ts";
import { iRemoteScmActivator } from "./interfaces/i-remote-scm-activator.ts";
import { looksLikeActivation } from "./object-references.ts";
import { NIL_UUID } from "./uuid.ts";

const MAPPER_PORT = 135;

/** What calls between two hosts told about others: kept in `Connection.pair`, so that a lost bind hides less. */
export class Announced {
  readonly #conn: Connection;

  constructor(conn: Connection) {
    this.#conn = conn;
  }

  /** An endpoint mapper's answer: the engine expects the port if it is this server's. */
  endpoint(endpoint: LearnedEndpoint): void {
    const { uuid, transport, address, port } = endpoint;
    const { respH, pair } = this.#conn;
    const isHere = address === null || address === "0.0.0.0" || address === respH;
    if (transport !== "tcp" || port === null || port === 0 || !isHere) return;
    this.#conn.expect(respH, port, "dce_rpc");
    pair.set(portKey(respH, port), uuid);
  }

  /** A server gave out an interface pointer. */
  object(ipid: string, iid: string): void {
    this.#conn.pair.set(objectKey(ipid), iid);
  }

  /**
   * Interface of a call whose bind was not seen: by the object that it is for, the pipe's name, the endpoint mapper's
   * earlier answer, or an object reference in an activation request.
   * @param stub Octets of the request's first fragment, `[start, end)`.
   * @returns null if nothing tells.
   */
  interfaceFor(object: string, opnum: number, stub: Uint8Array, start: number, end: number): string | null {
    const { pipe, pair, respH, respP, carrier } = this.#conn;
    if (object !== NIL_UUID) {
      const known = pair.get(objectKey(object));
      if (typeof known === "string") return known;
    }
    if (carrier === "pipe") return interfaceOfPipe(pipe)?.uuid ?? null;
    const announced = pair.get(portKey(respH, respP));
    if (typeof announced === "string") return announced;
    const mayActivate = respP === MAPPER_PORT && (opnum === 3 || opnum === 4);
    return mayActivate && looksLikeActivation(stub, start, end) ? iRemoteScmActivator.uuid : null;
  }
}

function portKey(host: string, port: number): string {
  return `dce_rpc ${host} ${port}`;
}

function objectKey(ipid: string): string {
  return `dce_rpc ipid ${ipid}`;
}
