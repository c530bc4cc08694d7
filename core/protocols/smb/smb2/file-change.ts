import type { Exchange, OperationLog } from "../operation-log.ts";
import { SMB2 } from "./header.ts";
import { FSCTL_SRV_COPYCHUNK, FSCTL_SRV_COPYCHUNK_WRITE, notableControl } from "./ioctl.ts";
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
    if (request.code === FSCTL_SRV_COPYCHUNK || request.code === FSCTL_SRV_COPYCHUNK_WRITE) {
      log.asked("copy", file, exchange, null, request.size);
      return;
    }
    const control = notableControl(request.code);
    if (control !== null) log.asked("control", file, exchange, control, null);
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
      log.asked("set_attributes", file, exchange, null, null);
      return;
    case "security":
      log.asked("set_security", file, exchange, change.parts, null);
      return;
    case "other":
      return;
  }
}
