import type { ByteReader } from "../../../bytes/reader.ts";
import { MAX_UNIT_OCTETS } from "../framing.ts";
import { isNtError, STATUS_MORE_PROCESSING_REQUIRED, STATUS_PENDING } from "../nt-status.ts";
import type { Smb2Header } from "./header.ts";
import { SMB2 } from "./header.ts";
import { FSCTL_PIPE_TRANSCEIVE } from "./ioctl.ts";
import { READ_RESPONSE_FIXED, WRITE_REQUEST_FIXED } from "./read-write.ts";

/** Octets of body before the data of an IOCTL response, and those of the longest answer that is read (an offload token). */
const IOCTL_RESPONSE_READ = 48 + 16 + 512;
/** Octets of body before the data of an IOCTL request and response. [MS-SMB2] 2.2.31, 2.2.32 */
const IOCTL_REQUEST_FIXED = 56;
const IOCTL_RESPONSE_FIXED = 48;
/** Octets of its body that tell what an IOCTL is about. */
const CONTROL_CODE_END = 8;

/**
 * Octets of body to have before a command is read; bulk payload is not among them, nor what goes through a pipe.
 * @param r At the body, of which there may be little yet; it does not move.
 */
export function bodyWanted(header: Smb2Header, r: ByteReader): number {
  const { command, status, isResponse } = header;
  if (!isResponse) {
    switch (command) {
      case SMB2.ioctl:
        if (r.left < CONTROL_CODE_END) return CONTROL_CODE_END;
        return controlCode(r) === FSCTL_PIPE_TRANSCEIVE ? IOCTL_REQUEST_FIXED : MAX_UNIT_OCTETS;
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
      if (r.left < CONTROL_CODE_END) return CONTROL_CODE_END;
      return controlCode(r) === FSCTL_PIPE_TRANSCEIVE ? IOCTL_RESPONSE_FIXED : IOCTL_RESPONSE_READ;
    default:
      return 0;
  }
}

function controlCode(r: ByteReader): number {
  return (r.peekU8(4) | (r.peekU8(5) << 8) | (r.peekU8(6) << 16) | (r.peekU8(7) << 24)) >>> 0;
}
