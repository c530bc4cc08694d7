import type { RpcInterface } from "./interface.ts";
import { operations } from "./interface.ts";

/**
 * An interface whose operations are named but whose arguments are not read; whether its answers end with a status is
 * not known either.
 * @param list Operation names in order, "-" where there is none.
 */
export function named(uuid: string, name: string, list = ""): RpcInterface {
  return { uuid, name, operations: list === "" ? [] : operations(list), hasNoStatus: true };
}

/** The same for an interface of a COM object: every method returns an HRESULT. Numbers 0 to 2 are IUnknown's. */
export function namedObject(uuid: string, name: string, list = ""): RpcInterface {
  return { uuid, name, operations: list === "" ? [] : operations(`- - - ${list}`), isObject: true };
}

/** Zeek's names of the numbers from `first` on, up to `next`, that the wire never shows. */
export function notOnWire(first: number, next: number): string {
  return Array.from({ length: next - first }, (_, at) => `Opnum${first + at}NotUsedOnWire`).join(" ");
}
