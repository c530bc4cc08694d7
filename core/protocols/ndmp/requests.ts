import type { ByteReader } from "../../bytes/reader.ts";
import { xdrArray, xdrOpaqueOctets, xdrString } from "./header.ts";
import {
  AUTH_TYPES,
  cdbName,
  CONNECTED_REASONS,
  LOG_TYPES,
  MOVER_MODES,
  MTIO_OPERATIONS,
  PAUSE_REASONS,
  TAPE_MODES,
  wordOf,
} from "./messages.ts";
import type { NdmpRow } from "./records.ts";
import { fileHistory } from "./file-history.ts";

/** Variables and paths that a row keeps. */
const MOST_LISTED = 100;

const HALT_REASONS = ["-", "successful", "aborted", "internal error", "connect error"] as const;
const MOVER_HALT_REASONS = ["-", "connection closed", "aborted", "internal error", "connect error"] as const;

/** Reads the body of a request into its row. */
export function readRequest(code: number, r: ByteReader, version: number, row: NdmpRow): void {
  switch (code) {
    case 0x200:
      row.device = xdrString(r);
      break;
    case 0x206:
    case 0x307:
      executeCdb(r, row);
      break;
    case 0x300:
      row.device = xdrString(r);
      row.mode = wordOf(TAPE_MODES, r.u32be());
      break;
    case 0x303:
      row.command = wordOf(MTIO_OPERATIONS, r.u32be());
      row.count = r.u32be();
      break;
    case 0x304:
      row.octets = r.u32be();
      break;
    case 0x401:
      if (version === 2) row.address = address(r, version);
      row.butype = xdrString(r);
      row.environment = environment(r);
      break;
    case 0x402:
    case 0x40b:
      if (version === 2) row.address = address(r, version);
      row.environment = environment(r);
      names(r, version, row);
      row.butype = xdrString(r);
      break;
    case 0x40a:
      row.address = address(r, version);
      break;
    case 0x501:
      row.text = wordOf(HALT_REASONS, r.u32be());
      withText(r, row);
      break;
    case 0x502:
      row.text = wordOf(CONNECTED_REASONS, r.u32be());
      row.version = r.u32be();
      withText(r, row);
      break;
    case 0x503:
      row.text = wordOf(MOVER_HALT_REASONS, r.u32be());
      withText(r, row);
      break;
    case 0x504:
      row.text = wordOf(PAUSE_REASONS, r.u32be());
      break;
    case 0x600:
      row.text = xdrString(r);
      break;
    case 0x601:
      r.skip(4);
      row.text = xdrString(r);
      break;
    case 0x602:
      row.paths = [xdrString(r)];
      break;
    case 0x603: {
      const type = wordOf(LOG_TYPES, r.u32be());
      r.skip(4);
      row.text = `${type}: ${xdrString(r).trimEnd()}`;
      break;
    }
    case 0x900:
      row.version = r.u32be();
      break;
    case 0x901:
      clientAuth(r, row);
      break;
    case 0x103:
    case 0x903:
      row.auth_type = wordOf(AUTH_TYPES, r.u32be());
      break;
    case 0xa01:
      row.mode = wordOf(MOVER_MODES, r.u32be());
      break;
    case 0xa08:
      row.count = r.u32be();
      break;
    case 0xa09:
      row.mode = wordOf(MOVER_MODES, r.u32be());
      row.address = address(r, version);
      break;
    default:
      if (code >= 0x700 && code <= 0x705) fileHistory(code, r, row);
  }
}

/** Versions 2 and 3 have a text behind some reasons, which is often empty. */
function withText(r: ByteReader, row: NdmpRow): void {
  if (r.left < 4) return;
  const text = xdrString(r);
  if (text !== "" && text.toLowerCase() !== row.text) row.text = `${row.text}: ${text}`;
}

/** NDMP version 4, 3.2.3: a name in clear with its password, or a name with the digest of challenge and password. */
function clientAuth(r: ByteReader, row: NdmpRow): void {
  const type = r.u32be();
  row.auth_type = wordOf(AUTH_TYPES, type);
  if (type !== 1 && type !== 2) return;
  row.user = xdrString(r);
  if (type === 1) row.password_seen = xdrOpaqueOctets(r) > 0;
}

function executeCdb(r: ByteReader, row: NdmpRow): void {
  r.skip(12);
  const octets = r.u32be();
  if (octets > 0) row.command = cdbName(r.u8());
}

export function environment(r: ByteReader): string[] {
  return xdrArray(r, MOST_LISTED, (one) => `${xdrString(one)}=${xdrString(one)}`);
}

/** Names of a restore. NDMP version 4, 3.6.4; version 2 has two names and no node. */
function names(r: ByteReader, version: number, row: NdmpRow): void {
  const count = r.peekU32be();
  const list = xdrArray(r, Number.POSITIVE_INFINITY, (one) => {
    const path = xdrString(one);
    const destination = xdrString(one);
    if (version === 2) {
      one.skip(12);
      return { path, destination };
    }
    const newName = xdrString(one);
    xdrString(one);
    one.skip(16);
    return { path, destination: newName === "" ? destination : `${destination}/${newName}` };
  });
  row.entries = Math.max(0, count);
  row.paths = list.slice(0, MOST_LISTED).map(({ path }) => path);
  row.destinations = list.slice(0, MOST_LISTED).map(({ destination }) => destination);
}

/** Address of a data connection; version 4 lists several, of which the first is meant to be tried first. */
export function address(r: ByteReader, version: number): string | null {
  switch (r.u32be()) {
    case 0:
      return "local";
    case 1: {
      if (version >= 4 && r.u32be() === 0) return null;
      const host = `${r.u8()}.${r.u8()}.${r.u8()}.${r.u8()}`;
      return `${host}:${r.u32be() & 0xffff}`;
    }
    case 2:
      return "fibre channel";
    case 3:
      return "ipc";
    default:
      return null;
  }
}
