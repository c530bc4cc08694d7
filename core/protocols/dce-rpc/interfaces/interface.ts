import { ENTRY, textWeight } from "../../../bytes/held-budget.ts";
import { HeldMap } from "../../../bytes/held-map.ts";
import type { NdrReader } from "../ndr.ts";

/** What the arguments of one call say, for the record's columns. */
export interface CallFacts {
  /** Name of what the call acts on: service, task, account, share, key, file, object path. */
  target: string | null;
  /** What is to be run: a service's binary path, a task's command line, a query, a method's command line. */
  command: string | null;
  /** Anything else worth a word, in English. */
  detail: string | null;
}

/** One call as an argument reader sees it. */
export interface CallView {
  readonly facts: CallFacts;
  /** Names behind the context handles of this association. */
  readonly handles: HandleNames;
  /** Facts of earlier answers of this association, by a key that the interface chooses; bounded. */
  readonly memory: BoundedNames;
  /** Object of the call (COM: IPID); null if it has none. */
  readonly object: string | null;
  /** Name of an interface, as the record's `endpoint` has it. */
  nameOf(uuid: string): string;
  /** A server's endpoint that an answer tells. */
  learned(endpoint: LearnedEndpoint): void;
  /** An object's interface pointer that an answer tells: later calls for `ipid` are calls of `iid`. */
  learnedObject(ipid: string, iid: string): void;
}

/** Where a server listens for an interface, as the endpoint mapper says. */
export interface LearnedEndpoint {
  readonly uuid: string;
  readonly major: number;
  readonly minor: number;
  /** "tcp", "udp", "http", "pipe" or "lpc". */
  readonly transport: string;
  /** Address in the answer; null if there is none. */
  readonly address: string | null;
  readonly port: number | null;
  /** Pipe or local port name. */
  readonly name: string | null;
  readonly annotation: string | null;
}

/** Reads the arguments of a request or an answer into `call`. Whatever the octets, it must not throw. */
export type ArgumentReader = (ndr: NdrReader, call: CallView) => void;

/** An RPC interface: what its UUID and operation numbers mean. */
export interface RpcInterface {
  readonly uuid: string;
  /** As Zeek's `endpoint` spells it where Zeek knows it. */
  readonly name: string;
  /** Names by operation number; "" where there is none. Zeek's spelling where Zeek knows it. */
  readonly operations: readonly string[];
  /** Pipes (lower case, no prefix) that usually carry this interface and no other. */
  readonly pipes?: readonly string[];
  /** True for a COM interface: stubs begin with ORPCTHIS and ORPCTHAT, and the result is an HRESULT. [MS-DCOM] 2.2.13 */
  readonly isObject?: boolean;
  /** True if answers do not end with a status. */
  readonly hasNoStatus?: boolean;
  /** Results beside 0 that still mean that the server did it. */
  readonly successes?: readonly number[];
  readonly requests?: Readonly<Record<number, ArgumentReader>>;
  readonly responses?: Readonly<Record<number, ArgumentReader>>;
}

/** Operation names in order of their numbers from `first` on, separated by white space; "-" where there is none. */
export function operations(list: string): readonly string[] {
  return list
    .trim()
    .split(/\s+/)
    .map((name) => (name === "-" ? "" : name));
}

/** A map from text to text that forgets the oldest entry when it is full. */
export class BoundedNames {
  readonly #names: HeldMap<string, string>;
  readonly #limit: number;

  /** @param forgot Told where names are forgotten because all connections hold too much. */
  constructor(limit: number, forgot: () => void) {
    const weigh = (name: string, key: string): number => ENTRY / 2 + textWeight(key) + textWeight(name);
    this.#names = new HeldMap(weigh, forgot);
    this.#limit = limit;
  }
  get(key: string): string | undefined {
    return this.#names.get(key);
  }
  set(key: string, name: string): void {
    if (!this.#names.has(key) && this.#names.size >= this.#limit) {
      const oldest = this.#names.keys().next();
      if (!oldest.done) this.#names.delete(oldest.value);
    }
    this.#names.set(key, name);
  }
  delete(key: string): void {
    this.#names.delete(key);
  }
}

/** Context handles by what they were opened on. */
export class HandleNames extends BoundedNames {
  /** Name behind the next handle of a request; null if it was opened unseen. */
  read(ndr: NdrReader): string | null {
    return this.get(ndr.handle()) ?? null;
  }
}

/** The request's first argument is a context handle: name what it was opened on. */
export const targetByHandle: ArgumentReader = (ndr, call) => {
  call.facts.target = call.handles.read(ndr);
};

/** The answer begins with the new context handle of what the request named. */
export const opensHandle: ArgumentReader = (ndr, call) => {
  rememberHandle(ndr.handle(), call);
};

/** The answer's last 24 octets are the new context handle and the status. */
export const opensHandleAtEnd: ArgumentReader = (ndr, call) => {
  ndr.skip(Math.max(0, ndr.left - 24));
  rememberHandle(ndr.handle(), call);
};

/** The request's first argument is a handle that will be closed. */
export const closesHandle: ArgumentReader = (ndr, call) => {
  const handle = ndr.handle();
  call.facts.target = call.handles.get(handle) ?? null;
  call.handles.delete(handle);
};

/** The request begins with a unique pointer to the server's name. */
export const serverFirst: ArgumentReader = (ndr, call) => {
  call.facts.target = ndr.uniqueWideString();
};

/** The request begins with a string. */
export const stringFirst: ArgumentReader = (ndr, call) => {
  call.facts.target = ndr.wideString();
};

function rememberHandle(handle: string, call: CallView): void {
  if (handle !== "" && call.facts.target !== null) call.handles.set(handle, call.facts.target);
}

/** `reader` for each of the operation numbers. */
export function forAll(opnums: readonly number[], reader: ArgumentReader): Record<number, ArgumentReader> {
  return Object.fromEntries(opnums.map((opnum) => [opnum, reader]));
}
