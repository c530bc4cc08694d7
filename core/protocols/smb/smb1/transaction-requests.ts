import type { ByteReader } from "../../../bytes/reader.ts";
import { pipeName } from "../pipe-names.ts";
import { controlName } from "../smb2/ioctl.ts";
import { securityText } from "../smb2/set-info.ts";
import { OpenFile } from "../state.ts";
import type { SMB_WEIRDS } from "../weirds.ts";
import type { Block } from "./block.ts";
import { readText } from "./block.ts";
import type { OpenRequest } from "./files.ts";
import { parseNtTransactCreate } from "./files.ts";
import { SMB1 } from "./header.ts";
import type { Asked } from "./pending.ts";
import type { Transaction } from "./transaction.ts";
import {
  NT_TRANSACT,
  parseNtTransactRequest,
  parseTransactionRequest,
  PIPE_CALL,
  PIPE_PEEK,
  PIPE_RAW_READ,
  PIPE_RAW_WRITE,
  PIPE_TRANSACT,
  setInformation,
  TRANS2,
  transactionName,
} from "./transaction.ts";

/** What the conversation does for a transaction request. */
export interface TransactionHost {
  file(fid: number): OpenFile | null;
  opening(open: OpenRequest): OpenFile;
  toPipe(file: OpenFile, start: number, end: number): void;
  weird(name: (typeof SMB_WEIRDS)[number]): void;
}

/** Reads a TRANSACTION, TRANSACTION2 or NT_TRANSACT request into `one`. */
export function readTransactionRequest(
  one: Asked,
  r: ByteReader,
  block: Block,
  headerAt: number,
  isUnicode: boolean,
  host: TransactionHost,
): void {
  const isNt = block.command === SMB1.ntTransact;
  const t = isNt ? parseNtTransactRequest(r, block, headerAt) : parseTransactionRequest(r, block, headerAt);
  if (t === null) return;
  one.subcommand = t.subcommand;
  if (isNt) ntTransact(one, r, t, headerAt, isUnicode, host);
  else if (block.command === SMB1.transaction) pipeTransact(one, r, block, t, headerAt, isUnicode, host);
  else trans2(one, r, t, headerAt, isUnicode, host);
}

function pipeTransact(
  one: Asked,
  r: ByteReader,
  block: Block,
  t: Transaction,
  headerAt: number,
  isUnicode: boolean,
  host: TransactionHost,
): void {
  const { subcommand } = t;
  if (subcommand === PIPE_PEEK && t.fid === 0) host.weird("smb_peek_without_pipe");
  if (subcommand === PIPE_CALL) {
    one.file = new OpenFile(one.session, one.tree, pipeName(transactionName(r, block, headerAt, isUnicode)));
  } else if (subcommand === PIPE_TRANSACT || subcommand === PIPE_RAW_READ || subcommand === PIPE_RAW_WRITE) {
    one.file = host.file(t.fid);
  } else {
    return;
  }
  if (one.file !== null) {
    if (one.file.tree !== null) one.file.tree.shareType ??= "PIPE";
    host.toPipe(one.file, t.dataStart, t.dataEnd);
  }
}

function trans2(
  one: Asked,
  r: ByteReader,
  t: Transaction,
  headerAt: number,
  isUnicode: boolean,
  host: TransactionHost,
): void {
  r.seek(t.parametersStart, t.parametersEnd);
  switch (t.subcommand) {
    case TRANS2.findFirst2: {
      r.skip(2 + 2 + 2 + 2 + 4); // SearchAttributes .. SearchStorageType
      const pattern = readText(r, headerAt, isUnicode);
      const slash = pattern.lastIndexOf("\\");
      const folder = pattern.slice(0, Math.max(0, slash));
      one.file = new OpenFile(one.session, one.tree, folder === "" ? "<share_root>" : folder);
      one.file.isDirectory = true;
      one.text = pattern.slice(slash + 1);
      return;
    }
    case TRANS2.setFileInformation: {
      one.file = host.file(r.u16le());
      const level = r.u16le();
      r.seek(t.dataStart, t.dataEnd);
      one.change = setInformation(r, level);
      return;
    }
    case TRANS2.setPathInformation: {
      const level = r.u16le();
      r.skip(4);
      one.file = new OpenFile(one.session, one.tree, readText(r, headerAt, isUnicode));
      r.seek(t.dataStart, t.dataEnd);
      one.change = setInformation(r, level);
      return;
    }
    case TRANS2.sessionSetup:
      host.weird("smb_trans2_session_setup");
      return;
    default:
      return;
  }
}

function ntTransact(
  one: Asked,
  r: ByteReader,
  t: Transaction,
  headerAt: number,
  isUnicode: boolean,
  host: TransactionHost,
): void {
  r.seek(t.parametersStart, t.parametersEnd);
  if (t.subcommand === NT_TRANSACT.create) {
    const open = parseNtTransactCreate(r, headerAt, isUnicode);
    if (open !== null) one.file = host.opening(open);
  } else if (t.subcommand === NT_TRANSACT.setSecurity) {
    one.file = host.file(r.u16le());
    r.skip(2);
    const parts = r.u32le();
    r.seek(t.dataStart, t.dataEnd);
    one.text = securityText(parts, r);
  } else if (t.subcommand === NT_TRANSACT.ioctl) {
    one.file = host.file(t.fid);
    one.text = controlName(t.code);
  } else if (t.subcommand === NT_TRANSACT.rename) {
    one.file = host.file(r.u16le());
    r.skip(2); // RenameFlags
    one.text = readText(r, headerAt, isUnicode);
  }
}
