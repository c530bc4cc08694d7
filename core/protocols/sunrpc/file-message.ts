import type { Payload } from "./xdr.ts";

/** What one NFS procedure, or one operation of a compound, asks. Handles are hexadecimal. */
export interface FileCall {
  readonly operation: string;
  /** File or directory that it is about; in version 4 only PUTFH has one. */
  handle: string | null;
  /** Name in that directory. */
  name: string | null;
  /** RENAME, LINK: the other directory and name. */
  toHandle: string | null;
  toName: string | null;
  offset: number | null;
  /** Octets asked for or sent; length of a range. */
  octets: number | null;
  size: number | null;
  mode: number | null;
  /** Owner, group, access list or times are set. */
  attributes: readonly string[];
  payload: Payload | null;
  /** OPEN: it may create. */
  creates: boolean;
  /** READDIR: where to go on; 0 for the beginning. */
  cookie: number | null;
  /** Names and numbers that go into `detail`. */
  words: string | null;
}

/** What was returned for it. */
export interface FileAnswer {
  readonly status: number;
  handle: string | null;
  size: number | null;
  octets: number | null;
  payload: Payload | null;
  /** OPEN: the directory changed, so that the file is new; null if that is not told. */
  created: boolean | null;
  /** READ of version 3 and 4: the file ends where the octets do. READDIR: there are no more names. */
  isEnd: boolean;
  /** READDIR: what is in the directory, at most `MOST_ENTRIES`, and whether more was told. */
  names: string[];
  areNamesCut: boolean;
  /** Objects whose handles were told by name. */
  entries: { readonly name: string; readonly handle: string }[];
  words: string | null;
}

export function fileCall(operation: string): FileCall {
  return {
    operation,
    handle: null,
    name: null,
    toHandle: null,
    toName: null,
    offset: null,
    octets: null,
    size: null,
    mode: null,
    attributes: [],
    payload: null,
    creates: false,
    cookie: null,
    words: null,
  };
}

export function fileAnswer(status: number): FileAnswer {
  return {
    status,
    handle: null,
    size: null,
    octets: null,
    payload: null,
    created: null,
    isEnd: false,
    names: [],
    areNamesCut: false,
    entries: [],
    words: null,
  };
}

/** Most entries of one directory list that are looked at for handles. */
export const MOST_ENTRIES = 4096;

/** One name of a directory list. */
export function addName(answer: FileAnswer, name: string): void {
  if (answer.names.length < MOST_ENTRIES) answer.names.push(name);
  else answer.areNamesCut = true;
}
