import { accountOf } from "../account.ts";
import type { Identity, Moment } from "../protocol.ts";
import type { CallHeader } from "./message.ts";
import { AUTH_SYS, flavorName, GSS_INTEGRITY, GSS_PRIVACY, RPCSEC_GSS } from "./message.ts";
import type { FileNode } from "./handles.ts";
import type { Payload, XdrReader } from "./xdr.ts";

/** A call and what became of it. */
export interface Exchange {
  readonly header: CallHeader;
  readonly from: Moment;
  readonly to: Moment;
  readonly identity: Identity | null;
  readonly isAnswered: boolean;
  /** Why the call was not carried out; null if it was, or was not answered. */
  readonly refusal: string | null;
}

/** File data of a call or an answer, and where in which file it belongs. */
export interface Transfer {
  readonly node: FileNode;
  readonly isWrite: boolean;
  readonly offset: number;
  readonly payload: Payload;
  /** Whole length of the file, where it was told. */
  readonly size: number | null;
}

/** One call of a program: what it asks was read when it was made. */
export interface ProgramCall<T = unknown> {
  /** Reads the results, changing nothing. */
  read(x: XdrReader): T;
  /** File data in the results that `read` gave. */
  transfers(answer: T): readonly Transfer[];
  /** @param answer What `read` gave; null if there are no results, or they are sealed. */
  report(answer: T | null, exchange: Exchange): void;
}

/** Columns that say who called. */
export function clientOf({ header: { credential }, identity }: Exchange) {
  return {
    machine: credential.machine,
    uid_number: credential.uid,
    gid_number: credential.gid,
    user: credential.flavor === RPCSEC_GSS ? gssAccount(identity) : null,
    security: securityOf(credential),
  };
}

export function securityOf({ flavor, gssService }: CallHeader["credential"]): string {
  if (flavor !== RPCSEC_GSS) return flavorName(flavor);
  return gssService === GSS_PRIVACY ? "gss_privacy" : gssService === GSS_INTEGRITY ? "gss_integrity" : "gss";
}

function gssAccount(identity: Identity | null): string | null {
  return accountOf(identity);
}

/** Who is behind a call, for the archive ledger. */
export function actorOf({ header: { credential }, identity }: Exchange): string | null {
  if (credential.flavor === RPCSEC_GSS) return gssAccount(identity);
  if (credential.flavor !== AUTH_SYS) return null;
  return credential.machine ? `uid ${credential.uid} at ${credential.machine}` : `uid ${credential.uid}`;
}

/** Outcome where the status alone does not tell. */
export function outcomeOf({ isAnswered, refusal }: Exchange, isGood: boolean): "confirmed" | "refused" | "attempted" {
  if (!isAnswered) return "attempted";
  return refusal === null && isGood ? "confirmed" : "refused";
}
