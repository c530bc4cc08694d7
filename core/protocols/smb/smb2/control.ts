import type { ByteReader } from "../../../bytes/reader.ts";
import type { Exchange, OperationLog } from "../operation-log.ts";
import { isNtError } from "../nt-status.ts";
import { snapshotList } from "../snapshot.ts";
import {
  answerIsWanted,
  copySourceKey,
  dfsPath,
  FSCTL,
  notableControl,
  parseIoctlResponse,
  parseServerCopy,
  parseZeroData,
} from "./ioctl.ts";
import type { Pending } from "./pending.ts";

/** Reads the input of a control, which `r` is at, into its request. */
export function readControl(request: Pending, r: ByteReader): void {
  const { code, session } = request;
  if (code === FSCTL.setZeroData) {
    const range = parseZeroData(r);
    if (range === null) return;
    request.size = range.octets;
    request.text = `from ${range.start}`;
    return;
  }
  if (code === FSCTL.dfsGetReferrals || code === FSCTL.dfsGetReferralsEx) {
    request.text = dfsPath(r, code);
    return;
  }
  const copy = parseServerCopy(r, code);
  if (copy === null) return;
  request.size = copy.octets;
  request.text = session.copySource(copy.source);
}

/** Writes the row of a control, answered or not. @param r At the body of the answer; null without one. */
export function logControl(
  log: OperationLog,
  request: Pending,
  exchange: Exchange,
  r: ByteReader | null,
  at: number,
): void {
  const { file, code, session, text } = request;
  if (file === null) return;
  const isGranted = exchange.status !== null && !isNtError(exchange.status);
  let listed: string | null = null;
  if (isGranted && r !== null && answerIsWanted(code)) {
    const answer = parseIoctlResponse(r, at);
    if (answer !== null && answer.dataStart <= r.end) {
      r.seek(answer.dataStart, Math.min(r.end, answer.dataStart + answer.dataLength));
      if (code === FSCTL.enumerateSnapshots) listed = snapshotList(r);
      else session.addCopySource(copySourceKey(r, code), file);
    }
  }
  switch (code) {
    case FSCTL.copyChunk:
    case FSCTL.copyChunkWrite:
    case FSCTL.offloadWrite:
    case FSCTL.duplicateExtents:
    case FSCTL.duplicateExtentsEx:
      log.asked("copy", file, exchange, text, request.size);
      return;
    case FSCTL.setZeroData:
      log.asked("zero", file, exchange, text, request.size);
      return;
    case FSCTL.enumerateSnapshots:
      log.asked("snapshots", file, exchange, listed, null);
      return;
    default: {
      const control = notableControl(code);
      if (control !== null) log.asked("control", file, exchange, text === null ? control : `${control} ${text}`, null);
    }
  }
}
