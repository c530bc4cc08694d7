/** Fault status: the server denied access. [MS-RPCE] 2.2.1.1, [MS-ERREF] 2.2 */
export const FAULT_ACCESS_DENIED = 5;

const FAULTS: ReadonlyMap<number, string> = new Map([
  [0x00000005, "access denied"],
  [0x000006c0, "no authentication"],
  [0x00000721, "security package error"],
  [0x000006f7, "bad stub data"],
  [0x000006d1, "operation out of range"],
  [0x1c00001c, "no such server"],
  [0x1c010002, "operation out of range"],
  [0x1c010003, "unknown interface"],
  [0x1c010006, "did not execute"],
  [0x1c010014, "server too busy"],
  [0x1c00001a, "context mismatch"],
  [0x1c000009, "data conversion error"],
  [0x80010108, "object is gone"],
]);

/** What a fault status says. [C706] appendix E, [MS-ERREF] 2.2 */
export function faultName(status: number): string {
  return FAULTS.get(status) ?? "fault";
}

const BIND_REFUSALS: readonly string[] = [
  "reason not specified",
  "temporary congestion",
  "local limit exceeded",
  "called address unknown",
  "protocol version not supported",
  "default context not supported",
  "user data not readable",
  "no service access point available",
  "authentication type not recognised",
  "invalid checksum",
];

/** Reason of a bind_nak. [C706] 12.6.3.1, [MS-RPCE] 2.2.2.5 */
export function bindRefusal(reason: number): string {
  return `bind refused: ${BIND_REFUSALS[reason] ?? `reason ${reason}`}`;
}

const CONTEXT_REFUSALS: readonly string[] = [
  "reason not specified",
  "interface not supported",
  "transfer syntaxes not supported",
  "local limit exceeded",
];

/** Reason why a presentation context was refused. [C706] 12.6.3.1, p_provider_reason_t */
export function contextRefusal(reason: number): string {
  return `bind refused: ${CONTEXT_REFUSALS[reason] ?? `reason ${reason}`}`;
}
