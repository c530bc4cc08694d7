import type { Exchange, OperationLog } from "../operation-log.ts";
import { SMB1 } from "./header.ts";
import type { Asked } from "./pending.ts";
import { NT_TRANSACT } from "./transaction.ts";

/** Writes the row of a request that changes or lists something, answered or not. */
export function logChange(log: OperationLog, one: Asked, exchange: Exchange): void {
  const { file, change, text } = one;
  if (file === null) return;
  switch (one.command) {
    case SMB1.delete:
    case SMB1.deleteDirectory:
      log.deleted(file, exchange);
      return;
    case SMB1.rename:
    case SMB1.ntRename:
      if (text !== null) log.renamed(file, text, exchange);
      return;
    case SMB1.createDirectory:
      file.disposition = 2;
      log.asked("open", file, exchange, null, null);
      return;
    case SMB1.setInformation:
      log.asked("set_attributes", file, exchange, null, null);
      return;
    case SMB1.write:
      if (change?.kind === "truncate") log.asked("truncate", file, exchange, null, change.size);
      return;
    case SMB1.open:
    case SMB1.create:
    case SMB1.createNew:
    case SMB1.openPrintFile:
    case SMB1.ntCreateAndx:
    case SMB1.openAndx:
      log.opened(file, exchange, true);
      return;
    case SMB1.ntTransact:
      if (one.subcommand === NT_TRANSACT.create) log.opened(file, exchange, true);
      else if (one.subcommand === NT_TRANSACT.ioctl) {
        if (text !== null) log.asked("control", file, exchange, text, null);
      } else if (one.subcommand === NT_TRANSACT.setSecurity) log.asked("set_security", file, exchange, text, null);
      else if (one.subcommand === NT_TRANSACT.rename && text !== null) log.renamed(file, text, exchange);
      return;
    case SMB1.transaction2:
      if (change === null) {
        if (text !== null) log.asked("list", file, exchange, text, null);
        return;
      }
      if (change.kind === "delete") {
        if (change.isDelete) log.deleted(file, exchange);
      } else if (change.kind === "rename") log.renamed(file, change.name, exchange);
      else if (change.kind === "truncate" || change.kind === "allocate") {
        log.asked(change.kind, file, exchange, null, change.size);
      } else if (change.kind === "attributes") log.asked("set_attributes", file, exchange, change.text, null);
      return;
    default:
      return;
  }
}
