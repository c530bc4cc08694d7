import type { ByteReader } from "../../../bytes/reader.ts";
import { isNtError } from "../nt-status.ts";
import type { Exchange, OperationLog } from "../operation-log.ts";
import type { ShareType, Tree } from "../state.ts";
import { NO_TREE } from "../state.ts";
import type { Block } from "./block.ts";
import { readText } from "./block.ts";
import type { Smb1Header } from "./header.ts";
import { SMB1 } from "./header.ts";
import type { Asked } from "./pending.ts";
import type { Smb1Sessions } from "./sessions.ts";

/** Path of a TREE_CONNECT_ANDX or TREE_CONNECT request. [MS-CIFS] 2.2.4.55.1, 2.2.4.50.1 */
export function treeConnectPath(r: ByteReader, block: Block, headerAt: number, isUnicode: boolean): string {
  if (block.command === SMB1.treeConnect) {
    r.seek(block.bytesAt, block.bytesEnd);
    r.skip(1); // BufferFormat
    return readText(r, headerAt, isUnicode);
  }
  r.seek(block.wordsAt, block.bytesEnd);
  r.skip(2); // Flags
  const passwordLength = r.u16le();
  r.seek(block.bytesAt, block.bytesEnd);
  r.skip(Math.min(passwordLength, r.left));
  return readText(r, headerAt, isUnicode);
}

/** Reads a tree connect's response and writes its row. [MS-CIFS] 2.2.4.55.2 */
export function treeConnected(
  log: OperationLog,
  sessions: Smb1Sessions,
  one: Asked,
  header: Smb1Header,
  r: ByteReader,
  block: Block,
  headerAt: number,
  exchange: Exchange,
): void {
  if (isNtError(exchange.status ?? 0)) {
    log.mapped(one.session, emptyTree(one.text), null, null, exchange);
    return;
  }
  r.seek(block.bytesAt, block.bytesEnd);
  const hasText = block.command === SMB1.treeConnectAndx;
  const service = hasText ? readText(r, headerAt, false) : "";
  const fileSystem = hasText ? readText(r, headerAt, header.isUnicode) : "";
  const tree: Tree = {
    id: header.tid,
    path: one.text,
    shareType: shareTypeOf(service),
    isEncrypted: false,
    connectedOn: sessions.uid,
  };
  sessions.addTree(tree);
  log.mapped(one.session, tree, service === "" ? null : service, fileSystem === "" ? null : fileSystem, exchange);
}

/** A share that was not connected. */
export function emptyTree(path: string | null): Tree {
  return { id: NO_TREE, path, shareType: null, isEncrypted: false, connectedOn: "" };
}

function shareTypeOf(service: string): ShareType {
  if (service === "IPC") return "PIPE";
  return service.startsWith("LPT") ? "PRINT" : "DISK";
}
