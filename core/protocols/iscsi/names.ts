/** Status class and detail of a login response. RFC 7143 11.13.5 */
const LOGIN_STATUSES: Readonly<Record<number, string>> = {
  0x0000: "Success",
  0x0101: "Target moved temporarily",
  0x0102: "Target moved permanently",
  0x0200: "Initiator error",
  0x0201: "Authentication failure",
  0x0202: "Authorization failure",
  0x0203: "Not found",
  0x0204: "Target removed",
  0x0205: "Unsupported version",
  0x0206: "Too many connections",
  0x0207: "Missing parameter",
  0x0208: "Cannot include in session",
  0x0209: "Session type not supported",
  0x020a: "Session does not exist",
  0x020b: "Invalid request during login",
  0x0300: "Target error",
  0x0301: "Service unavailable",
  0x0302: "Out of resources",
};

/** RFC 7143 11.5.1 */
const TASK_FUNCTIONS: Readonly<Record<number, string>> = {
  1: "ABORT TASK",
  2: "ABORT TASK SET",
  3: "CLEAR ACA",
  4: "CLEAR TASK SET",
  5: "LOGICAL UNIT RESET",
  6: "TARGET WARM RESET",
  7: "TARGET COLD RESET",
  8: "TASK REASSIGN",
};

/** RFC 7143 11.6.1 */
const TASK_RESPONSES: Readonly<Record<number, string>> = {
  0: "Function complete",
  1: "Task does not exist",
  2: "LUN does not exist",
  3: "Task still allegiant",
  4: "Task allegiance reassignment not supported",
  5: "Task management function not supported",
  6: "Function authorization failed",
  255: "Function rejected",
};

/** RFC 7143 11.14.1 */
const LOGOUT_REASONS: Readonly<Record<number, string>> = {
  0: "close the session",
  1: "close the connection",
  2: "remove the connection for recovery",
};

/** RFC 7143 11.9.1 */
const ASYNC_EVENTS: Readonly<Record<number, string>> = {
  0: "SCSI asynchronous event",
  1: "target requests logout",
  2: "target drops the connection",
  3: "target drops all connections of the session",
  4: "target requests negotiation",
  5: "task terminated",
  255: "vendor-specific event",
};

/** RFC 7143 11.17.1 */
const REJECT_REASONS: Readonly<Record<number, string>> = {
  0x02: "Data digest error",
  0x03: "SNACK reject",
  0x04: "Protocol error",
  0x05: "Command not supported",
  0x06: "Immediate command reject",
  0x07: "Task in progress",
  0x08: "Invalid data ACK",
  0x09: "Invalid PDU field",
  0x0a: "Long operation reject",
  0x0b: "Negotiation reset",
  0x0c: "Waiting for logout",
};

const named =
  (names: Readonly<Record<number, string>>) =>
  (code: number): string =>
    names[code] ?? `0x${code.toString(16).padStart(2, "0")}`;

export const loginStatusName = named(LOGIN_STATUSES);
export const taskFunctionName = named(TASK_FUNCTIONS);
export const taskResponseName = named(TASK_RESPONSES);
export const logoutReasonName = named(LOGOUT_REASONS);
export const asyncEventName = named(ASYNC_EVENTS);
export const rejectReasonName = named(REJECT_REASONS);
