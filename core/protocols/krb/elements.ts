import { contextTag, DER } from "../../bytes/der.ts";

import type { DerReader } from "../../bytes/der.ts";

/** Most items read of a list (pre-authentication data, encryption types, name parts). */
const MAX_ITEMS = 64;

/** PrincipalName, its parts joined by "/". RFC 4120 5.2.2 */
export interface Principal {
  readonly type: number;
  readonly name: string;
}

/** Goes into `[APPLICATION n] SEQUENCE` and past pvno and msg-type (some leave them out), whose tags begin at `first`. */
export function enterMessage(d: DerReader, first: number): void {
  d.enter(d.next);
  d.enter(DER.sequence);
  optional(d, first, () => d.integer());
  optional(d, first + 1, () => d.integer());
}

/** Reads what is in an EXPLICIT `[tag]`. */
export function field<T>(d: DerReader, tag: number, read: () => T): T {
  d.enter(contextTag(tag));
  const value = read();
  d.leave();
  return value;
}

/** Reads what is in an EXPLICIT `[tag]` if it is there. */
export function optional<T>(d: DerReader, tag: number, read: () => T): T | null {
  return d.at(contextTag(tag)) ? field(d, tag, read) : null;
}

export function principal(d: DerReader): Principal {
  d.enter(DER.sequence);
  const type = field(d, 0, () => d.integer());
  const parts: string[] = [];
  field(d, 1, () => {
    d.enter(DER.sequence);
    while (d.more && parts.length < MAX_ITEMS) parts.push(d.text());
    d.leave();
  });
  d.leave();
  return { type, name: parts.join("/") };
}

export function integers(d: DerReader): number[] {
  const list: number[] = [];
  d.enter(DER.sequence);
  while (d.more && list.length < MAX_ITEMS) list.push(d.integer());
  d.leave();
  return list;
}

export function encryptedData(d: DerReader): { etype: number; kvno: number | null; cipher: Uint8Array } {
  d.enter(DER.sequence);
  const etype = field(d, 0, () => d.integer());
  const kvno = optional(d, 1, () => d.integer());
  const cipher = field(d, 2, () => d.octets());
  d.leave();
  return { etype, kvno, cipher };
}

export function eachPadata(d: DerReader, take: (type: number, value: Uint8Array) => void): void {
  d.enter(DER.sequence);
  for (let i = 0; i < MAX_ITEMS && d.more; i++) {
    d.enter(DER.sequence);
    const type = field(d, 1, () => d.integer());
    const value = field(d, 2, () => d.octets());
    d.leave();
    if (!d.failed) take(type, value);
  }
  d.leave();
}
