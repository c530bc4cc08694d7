import type { NdrReader } from "../ndr.ts";
import type { ArgumentReader, CallView } from "./interface.ts";
import { closesHandle, forAll, opensHandle, opensHandleAtEnd, operations, targetByHandle } from "./interface.ts";

const START_TYPES: readonly string[] = ["boot", "system", "auto", "demand", "disabled"];
const SERVICE_REQUEST_TIMEOUT = 0x41d;
const NO_CHANGE = 0xffffffff;

/** Controls of ControlService. [MS-SCMR] 3.1.4.2 */
const CONTROLS: ReadonlyMap<number, string> = new Map([
  [1, "stop"],
  [2, "pause"],
  [3, "continue"],
  [4, "interrogate"],
  [6, "parameters changed"],
]);

/** [MS-SCMR] 3.1.4.12, 3.1.4.22 and their WOW64 forms: the arguments are in the same order. */
const createService =
  (isWide: boolean): ArgumentReader =>
  (ndr, call) => {
    const text = (): string => (isWide ? ndr.wideString() : ndr.narrowString());
    const optional = (): string | null => (isWide ? ndr.uniqueWideString() : ndr.uniqueNarrowString());
    ndr.handle(); // The service manager
    call.facts.target = text();
    const displayName = optional();
    ndr.u32(); // Access
    const serviceType = ndr.u32();
    const startType = ndr.u32();
    ndr.u32(); // Error control
    const binaryPath = text();
    if (ndr.truncated) return;
    call.facts.command = binaryPath;
    const account = accountBehind(ndr, optional);
    call.facts.detail = [
      displayName === null || displayName === "" ? "" : `display name "${displayName}"`,
      serviceType & 0x3 ? "driver" : "",
      startType < START_TYPES.length ? `start type ${START_TYPES[startType]}` : "",
      account === null || account === "" ? "" : `runs as ${account}`,
    ]
      .filter((part) => part !== "")
      .join(", ");
  };

/** Load order group, tag, dependencies, then the account. */
function accountBehind(ndr: NdrReader, optional: () => string | null): string | null {
  optional();
  if (ndr.pointer()) ndr.u32();
  if (ndr.pointer()) ndr.skip(ndr.count());
  ndr.u32();
  return optional();
}

/** [MS-SCMR] 3.1.4.11, 3.1.4.23 */
const changeConfig =
  (isWide: boolean): ArgumentReader =>
  (ndr, call) => {
    call.facts.target = call.handles.read(ndr);
    ndr.u32(); // Type
    const startType = ndr.u32();
    ndr.u32(); // Error control
    const binaryPath = isWide ? ndr.uniqueWideString() : ndr.uniqueNarrowString();
    if (ndr.truncated) return;
    call.facts.command = binaryPath;
    if (startType !== NO_CHANGE && startType < START_TYPES.length) {
      call.facts.detail = `start type ${START_TYPES[startType]}`;
    }
  };

/** [MS-SCMR] 3.1.4.37: description, failure actions and others; the failure command is what can be run. */
const changeConfig2: ArgumentReader = (ndr, call) => {
  call.facts.target = call.handles.read(ndr);
  const level = ndr.u32();
  ndr.count(); // Union tag
  if (!ndr.pointer()) return;
  if (level === 1) {
    if (ndr.pointer()) call.facts.detail = `description "${ndr.wideString()}"`;
    return;
  }
  if (level !== 2) return;
  ndr.u32(); // Reset period
  const hasMessage = ndr.pointer();
  const hasCommand = ndr.pointer();
  ndr.u32();
  ndr.pointer();
  if (hasMessage) ndr.wideString();
  if (hasCommand) call.facts.command = ndr.wideString();
  call.facts.detail = "failure actions";
};

const openService =
  (isWide: boolean): ArgumentReader =>
  (ndr, call) => {
    ndr.handle();
    call.facts.target = isWide ? ndr.wideString() : ndr.narrowString();
  };

/** [MS-SCMR] 3.1.4.15: the machine that the client means. */
const openManager =
  (isWide: boolean): ArgumentReader =>
  (ndr, call) => {
    call.facts.target = isWide ? ndr.uniqueWideString() : ndr.uniqueNarrowString();
  };

const control: ArgumentReader = (ndr, call) => {
  call.facts.target = call.handles.read(ndr);
  const code = ndr.u32();
  if (!ndr.truncated) call.facts.detail = CONTROLS.get(code) ?? `control ${code}`;
};

/** [MS-SCMR] 3.1.4.19: arguments of the service. */
const start =
  (isWide: boolean): ArgumentReader =>
  (ndr, call) => {
    call.facts.target = call.handles.read(ndr);
    const count = ndr.u32();
    if (count === 0 || !ndr.pointer()) return;
    readStartArguments(ndr, call, isWide);
  };

function readStartArguments(ndr: NdrReader, call: CallView, isWide: boolean): void {
  const count = ndr.count();
  let present = 0;
  for (let i = 0; i < count && i < 64 && !ndr.truncated; i++) if (ndr.pointer()) present++;
  const given: string[] = [];
  for (let i = 0; i < present; i++) {
    const text = isWide ? ndr.wideString() : ndr.narrowString();
    if (ndr.truncated) break;
    given.push(text);
  }
  if (given.length > 0) call.facts.detail = `arguments ${given.join(" ")}`;
}

/** [MS-SCMR] 3.1.4.20: the display name of a key name and the other way round. */
const nameLookup: ArgumentReader = (ndr, call) => {
  ndr.handle();
  call.facts.target = ndr.wideString();
};

/** Service control manager. [MS-SCMR] */
export const svcctl = {
  uuid: "367abb81-9844-35f1-ad32-98f038001003",
  name: "svcctl",
  pipes: ["svcctl"],
  // The program was started but never reported back, as programs that are no services do.
  successes: [SERVICE_REQUEST_TIMEOUT],
  operations: operations(`
    CloseServiceHandle ControlService DeleteService LockServiceDatabase QueryServiceObjectSecurity
    SetServiceObjectSecurity QueryServiceStatus SetServiceStatus UnlockServiceDatabase NotifyBootConfigStatus
    ScSetServiceBitsW ChangeServiceConfigW CreateServiceW EnumDependentServicesW EnumServicesStatusW OpenSCManagerW
    OpenServiceW QueryServiceConfigW QueryServiceLockStatusW StartServiceW GetServiceDisplayNameW GetServiceKeyNameW
    ScSetServiceBitsA ChangeServiceConfigA CreateServiceA EnumDependentServicesA EnumServicesStatusA OpenSCManagerA
    OpenServiceA QueryServiceConfigA QueryServiceLockStatusA StartServiceA GetServiceDisplayNameA GetServiceKeyNameA
    ScGetCurrentGroupStateW EnumServiceGroupW ChangeServiceConfig2A ChangeServiceConfig2W QueryServiceConfig2A
    QueryServiceConfig2W QueryServiceStatusEx EnumServicesStatusExA EnumServicesStatusExW ScSendTSMessage
    CreateServiceWOW64A CreateServiceWOW64W ScQueryServiceTagInfo NotifyServiceStatusChange GetNotifyResult
    CloseNotifyHandle ControlServiceExA ControlServiceExW ScSendPnPMessage ScValidatePnPService
    ScOpenServiceStatusHandle - QueryServiceConfigEx - - - RCreateWowService - - - ROpenSCManager2`),
  requests: {
    ...forAll([4, 5, 6, 17, 29, 38, 39, 40, 2, 47], targetByHandle),
    0: closesHandle,
    1: control,
    11: changeConfig(true),
    12: createService(true),
    15: openManager(true),
    16: openService(true),
    19: start(true),
    20: nameLookup,
    21: nameLookup,
    23: changeConfig(false),
    24: createService(false),
    27: openManager(false),
    28: openService(false),
    31: start(false),
    37: changeConfig2,
    44: createService(false),
    45: createService(true),
    50: control,
    51: control,
    60: createService(true),
  },
  responses: {
    ...forAll([12, 24, 44, 45, 60], opensHandleAtEnd),
    16: opensHandle,
    28: opensHandle,
  },
} as const;
