import type { Exchange, OperationLog } from "../operation-log.ts";
import { logControl } from "./control.ts";
import { SMB2 } from "./header.ts";
import type { Pending } from "./pending.ts";

/** Writes the row of a request that changes or lists something, answered or not. */
export function logFileChange(log: OperationLog, request: Pending, exchange: Exchange): void {
  const { file, change } = request;
  if (file === null) return;
  if (request.command === SMB2.queryDirectory) {
    if (file.listedPattern === request.text) return;
    file.listedPattern = request.text;
    log.asked("list", file, exchange, request.text, null);
    return;
  }
  if (request.command === SMB2.ioctl) {
    logControl(log, request, exchange, null, 0);
    return;
  }
  if (request.command === SMB2.lock) {
    if (!file.isLocked) log.asked("lock", file, exchange, null, null);
    file.isLocked = true;
    return;
  }
  if (request.command === SMB2.changeNotify) {
    if (!file.isWatched) log.asked("watch", file, exchange, null, null);
    file.isWatched = true;
    return;
  }
  if (change === null) return;
  switch (change.kind) {
    case "delete":
      if (change.isDelete) log.deleted(file, exchange);
      return;
    case "rename":
      log.renamed(file, change.name, exchange);
      return;
    case "link":
      log.asked("link", file, exchange, change.name, null);
      return;
    case "truncate":
    case "allocate":
      log.asked(change.kind, file, exchange, null, change.size);
      return;
    case "attributes":
      log.asked("set_attributes", file, exchange, change.text, null);
      return;
    case "security":
      log.asked("set_security", file, exchange, change.text, null);
      return;
    case "other":
      return;
  }
}
