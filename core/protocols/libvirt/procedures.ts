import type { ArchiveOperation } from "../archive-op.ts";
import type { ByteReader } from "../../bytes/reader.ts";
import { xdrOptionalString, xdrString } from "./message.ts";

/** What the first argument of a procedure is. */
type Argument =
  | "domain"
  | "snapshot"
  | "checkpoint"
  | "pool"
  | "volume"
  | "secret"
  | "uri"
  | "xml"
  | "pool-xml"
  | "domain-xml"
  | "none";

export interface Procedure {
  readonly name: string;
  readonly argument: Argument;
  readonly act?: readonly [operation: ArchiveOperation, detail: string];
}

function procedure(name: string, argument: Argument, ...act: [] | [ArchiveOperation, string]): Procedure {
  return act.length === 0 ? { name, argument } : { name, argument, act };
}

export const CONNECT_OPEN = 1;

/** Calls that are told: those that change what runs or is stored, take something out, or list it. src/remote/remote_protocol.x */
export const PROCEDURES: Readonly<Record<number, Procedure>> = {
  8: procedure("DOMAIN_ATTACH_DEVICE", "domain"),
  9: procedure("DOMAIN_CREATE", "domain"),
  10: procedure("DOMAIN_CREATE_XML", "xml"),
  11: procedure("DOMAIN_DEFINE_XML", "xml"),
  12: procedure("DOMAIN_DESTROY", "domain"),
  13: procedure("DOMAIN_DETACH_DEVICE", "domain"),
  33: procedure("DOMAIN_SHUTDOWN", "domain"),
  34: procedure("DOMAIN_SUSPEND", "domain"),
  35: procedure("DOMAIN_UNDEFINE", "domain"),
  53: procedure("DOMAIN_CORE_DUMP", "domain"),
  55: procedure("DOMAIN_SAVE", "domain"),
  76: procedure("STORAGE_POOL_CREATE_XML", "xml"),
  77: procedure("STORAGE_POOL_DEFINE_XML", "xml"),
  79: procedure("STORAGE_POOL_BUILD", "pool", "format", "a storage pool"),
  80: procedure("STORAGE_POOL_DESTROY", "pool"),
  81: procedure("STORAGE_POOL_DELETE", "pool", "delete", "a storage pool"),
  82: procedure("STORAGE_POOL_UNDEFINE", "pool"),
  93: procedure("STORAGE_VOL_CREATE_XML", "pool-xml", "create", "a volume"),
  94: procedure("STORAGE_VOL_DELETE", "volume", "delete", "a volume"),
  125: procedure("STORAGE_VOL_CREATE_XML_FROM", "pool-xml", "create", "a volume copied"),
  103: procedure("DOMAIN_BLOCK_PEEK", "domain"),
  145: procedure("SECRET_GET_VALUE", "secret"),
  146: procedure("SECRET_UNDEFINE", "secret"),
  160: procedure("DOMAIN_ATTACH_DEVICE_FLAGS", "domain"),
  161: procedure("DOMAIN_DETACH_DEVICE_FLAGS", "domain"),
  165: procedure("STORAGE_VOL_WIPE", "volume", "format", "a volume wiped"),
  182: procedure("DOMAIN_MANAGED_SAVE", "domain"),
  184: procedure("DOMAIN_MANAGED_SAVE_REMOVE", "domain"),
  185: procedure("DOMAIN_SNAPSHOT_CREATE_XML", "domain-xml", "snapshot", "made"),
  192: procedure("DOMAIN_REVERT_TO_SNAPSHOT", "snapshot", "restore", "back to a snapshot"),
  193: procedure("DOMAIN_SNAPSHOT_DELETE", "snapshot", "delete", "a snapshot"),
  196: procedure("DOMAIN_CREATE_WITH_FLAGS", "domain"),
  208: procedure("STORAGE_VOL_UPLOAD", "volume", "write", "a volume uploaded"),
  209: procedure("STORAGE_VOL_DOWNLOAD", "volume", "read", "a volume downloaded"),
  231: procedure("DOMAIN_UNDEFINE_FLAGS", "domain"),
  234: procedure("DOMAIN_DESTROY_FLAGS", "domain"),
  245: procedure("DOMAIN_RESET", "domain"),
  251: procedure("DOMAIN_BLOCK_RESIZE", "domain"),
  258: procedure("DOMAIN_SHUTDOWN_FLAGS", "domain"),
  259: procedure("STORAGE_VOL_WIPE_PATTERN", "volume", "format", "a volume wiped"),
  260: procedure("STORAGE_VOL_RESIZE", "volume"),
  273: procedure("CONNECT_LIST_ALL_DOMAINS", "none"),
  274: procedure("DOMAIN_LIST_ALL_SNAPSHOTS", "domain"),
  281: procedure("CONNECT_LIST_ALL_STORAGE_POOLS", "none"),
  282: procedure("STORAGE_POOL_LIST_ALL_VOLUMES", "pool"),
  287: procedure("CONNECT_LIST_ALL_SECRETS", "none"),
  290: procedure("DOMAIN_BLOCK_COMMIT", "domain"),
  334: procedure("DOMAIN_CORE_DUMP_WITH_FORMAT", "domain"),
  345: procedure("DOMAIN_BLOCK_COPY", "domain"),
  350: procedure("DOMAIN_DEFINE_XML_FLAGS", "xml"),
  357: procedure("DOMAIN_SET_USER_PASSWORD", "domain"),
  411: procedure("DOMAIN_CHECKPOINT_CREATE_XML", "domain-xml", "snapshot", "a checkpoint made"),
  413: procedure("DOMAIN_LIST_ALL_CHECKPOINTS", "domain"),
  417: procedure("DOMAIN_CHECKPOINT_DELETE", "checkpoint", "delete", "a checkpoint that backups build on"),
  421: procedure("DOMAIN_BACKUP_BEGIN", "domain", "write", "a backup was begun"),
  425: procedure("DOMAIN_AUTHORIZED_SSH_KEYS_SET", "domain"),
};

export interface CallObject {
  readonly type: string | null;
  /** Guest or storage pool that the object is in. */
  readonly share: string | null;
  readonly object: string | null;
}

const UUID_OCTETS = 16;

/** What a call is about. remote_nonnull_domain, _snapshot, _storage_pool, _storage_vol */
export function callObject(argument: Argument, r: ByteReader): CallObject {
  const none = { type: null, share: null, object: null };
  switch (argument) {
    case "domain":
      return { type: "domain", share: null, object: xdrString(r) };
    case "snapshot":
    case "checkpoint":
      return { type: argument, object: xdrString(r), share: xdrString(r) };
    case "pool":
      return { type: "storage pool", share: null, object: xdrString(r) };
    case "volume":
      return { type: "storage volume", share: xdrString(r), object: xdrString(r) };
    case "secret":
      r.skip(UUID_OCTETS + 4);
      return { type: "secret", share: null, object: xdrString(r) };
    case "uri":
      return { ...none, object: xdrOptionalString(r) };
    case "xml":
      return { ...none, object: nameIn(xdrString(r)) };
    case "pool-xml": {
      const share = xdrString(r);
      r.skip(UUID_OCTETS);
      return { type: "storage volume", share, object: nameIn(xdrString(r)) };
    }
    case "domain-xml": {
      const share = xdrString(r);
      r.skip(UUID_OCTETS + 4);
      return { type: "domain", share, object: nameIn(xdrString(r)) };
    }
    case "none":
      return none;
    default:
      return argument satisfies never;
  }
}

function nameIn(xml: string | null): string | null {
  return xml === null ? null : (/<name>([^<]{1,255})<\/name>/.exec(xml)?.[1] ?? null);
}
