import type { Random } from "../wire/random.ts";
import { Ndr } from "./ndr.ts";
import type { RpcCaller } from "./rpc-talk.ts";

/** A service as the service control manager is told of it. */
export interface ServiceFields {
  readonly name: string;
  readonly displayName: string;
  readonly binaryPath: string;
}

/** Operation numbers. [MS-SCMR] 3.1.4 */
const CLOSE = 0;
const CONTROL = 1;
const DELETE = 2;
const QUERY_STATUS = 6;
const CREATE = 12;
const OPEN_MANAGER = 15;
const OPEN = 16;
const LIST = 14;
const START = 19;
const CREATE_WOW64 = 45;

const SUCCESS = 0;

/** The service control manager of a machine, driven over a bound svcctl interface. [MS-SCMR] */
export class ServiceControl {
  readonly #rpc: RpcCaller;
  readonly #random: Random;
  readonly #server: string;
  #manager = new Uint8Array(20);

  constructor(rpc: RpcCaller, server: string, random: Random) {
    this.#rpc = rpc;
    this.#server = server;
    this.#random = random;
  }

  openManager(): void {
    this.#manager = this.#handle();
    const ask = new Ndr().uniqueText(`\\\\${this.#server}`).uniqueText("ServicesActive").u32(0xf003f).done();
    this.#rpc.call(OPEN_MANAGER, ask, new Ndr().bytes(this.#manager).u32(SUCCESS).done());
  }

  /** @param from32Bit a 32-bit program asks through CreateServiceWOW64W. @returns the service's handle */
  create(service: ServiceFields, from32Bit = false): Uint8Array {
    const handle = this.#handle();
    const ask = new Ndr().bytes(this.#manager).text(service.name).uniqueText(service.displayName);
    ask.u32(0xf01ff).u32(0x10).u32(3).u32(0).text(service.binaryPath);
    ask.pointer(false).pointer(false).pointer(false).u32(0).pointer(false).pointer(false).u32(0);
    this.#rpc.call(
      from32Bit ? CREATE_WOW64 : CREATE,
      ask.done(),
      new Ndr().pointer(false).bytes(handle).u32(SUCCESS).done(),
    );
    return handle;
  }

  open(name: string): Uint8Array {
    const handle = this.#handle();
    this.#rpc.call(
      OPEN,
      new Ndr().bytes(this.#manager).text(name).u32(0xf01ff).done(),
      new Ndr().bytes(handle).u32(SUCCESS).done(),
    );
    return handle;
  }

  /** Lists services; the answer says that the buffer is too small, which is how every caller begins. */
  list(): void {
    const ask = new Ndr().bytes(this.#manager).u32(0x30).u32(3).u32(0).pointer().u32(0);
    const moreData = 234;
    this.#rpc.call(LIST, ask.done(), new Ndr().u32(0).u32(14_820).u32(0).pointer().u32(0).u32(moreData).done());
  }

  start(handle: Uint8Array): void {
    this.#rpc.call(START, new Ndr().bytes(handle).u32(0).pointer(false).done(), new Ndr().u32(SUCCESS).done());
  }

  queryStatus(handle: Uint8Array, state: number): void {
    this.#rpc.call(QUERY_STATUS, handle, status(state));
  }

  stop(handle: Uint8Array): void {
    this.#rpc.call(CONTROL, new Ndr().bytes(handle).u32(1).done(), status(3));
  }

  remove(handle: Uint8Array): void {
    this.#rpc.call(DELETE, handle, new Ndr().u32(SUCCESS).done());
  }

  close(handle: Uint8Array): void {
    this.#rpc.call(CLOSE, handle, new Ndr().zeros(20).u32(SUCCESS).done());
  }

  closeManager(): void {
    this.close(this.#manager);
  }

  #handle(): Uint8Array<ArrayBuffer> {
    const handle = new Uint8Array(20);
    handle.set(this.#random.bytes(16), 4);
    return handle;
  }
}

/** SERVICE_STATUS of a program of its own and the result. [MS-SCMR] 2.2.47 */
function status(state: number): Uint8Array {
  return new Ndr()
    .u32(0x10)
    .u32(state)
    .u32(state === 4 ? 1 : 0)
    .u32(0)
    .u32(0)
    .u32(0)
    .u32(0)
    .u32(SUCCESS)
    .done();
}
