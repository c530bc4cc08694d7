import type { ArgumentReader } from "./interface.ts";
import { operations, serverFirst } from "./interface.ts";

/** [MS-TSCH] 3.2.5.3.4, 3.2.5.3.5: the server, the job (not of the at service), then the account that it shall run as. */
const setAccount =
  (hasJob: boolean): ArgumentReader =>
  (ndr, call) => {
    const server = ndr.uniqueWideString();
    const job = hasJob ? ndr.wideString() : null;
    // The at service's account is optional, a job's is not.
    const account = hasJob ? ndr.wideString() : ndr.uniqueWideString();
    if (ndr.truncated) return;
    call.facts.target = job ?? server;
    const hasPassword = ndr.pointer();
    call.facts.detail = `runs as ${account === null || account === "" ? "the system" : account}${hasPassword && !ndr.truncated ? ", with a password" : ""}`;
  };

/** [MS-TSCH] 3.2.5.3.7 */
const account: ArgumentReader = (ndr, call) => {
  ndr.uniqueWideString();
  call.facts.target = ndr.wideString();
};

/** Accounts of scheduled jobs. [MS-TSCH] 3.2.5.3 */
export const sasec = {
  uuid: "378e52b0-c0a9-11cf-822d-00aa0051e40f",
  name: "sasec",
  operations: operations(
    "SASetAccountInformation SASetNSAccountInformation SAGetNSAccountInformation SAGetAccountInformation",
  ),
  requests: { 0: setAccount(true), 1: setAccount(false), 2: serverFirst, 3: account },
} as const;
