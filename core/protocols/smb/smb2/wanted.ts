import { MAX_UNIT_OCTETS } from "../framing.ts";
import { isNtError, STATUS_MORE_PROCESSING_REQUIRED, STATUS_PENDING } from "../nt-status.ts";
import type { Smb2Header } from "./header.ts";
import { SMB2 } from "./header.ts";
import { READ_RESPONSE_FIXED, WRITE_REQUEST_FIXED } from "./read-write.ts";

/** Octets of body before the data of an IOCTL response, and those of the longest answer that is read (an offload token). */
const IOCTL_RESPONSE_READ = 48 + 16 + 512;

/** Octets of body to have before a command is read; bulk payload is not among them. */
export function bodyWanted(header: Smb2Header): number {
  const { command, status, isResponse } = header;
  if (!isResponse) {
    switch (command) {
      case SMB2.write:
        return WRITE_REQUEST_FIXED;
      case SMB2.queryInfo:
      case SMB2.flush:
        return 0;
      default:
        return MAX_UNIT_OCTETS;
    }
  }
  if (isNtError(status) && status !== STATUS_MORE_PROCESSING_REQUIRED) return 0;
  switch (command) {
    case SMB2.read:
      return status === STATUS_PENDING ? 0 : READ_RESPONSE_FIXED;
    case SMB2.negotiate:
    case SMB2.sessionSetup:
    case SMB2.treeConnect:
    case SMB2.create:
    case SMB2.queryDirectory:
      return MAX_UNIT_OCTETS;
    case SMB2.ioctl:
      return IOCTL_RESPONSE_READ;
    default:
      return 0;
  }
}
