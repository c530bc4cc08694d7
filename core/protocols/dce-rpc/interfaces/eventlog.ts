import type { ArgumentReader } from "./interface.ts";
import { forAll, opensHandle, operations, targetByHandle } from "./interface.ts";

/** [MS-EVEN] 3.1.4.3: a UNC name, then the log. */
const openLog: ArgumentReader = (ndr, call) => {
  if (ndr.pointer()) ndr.u16();
  call.facts.target = ndr.unicodeString();
};

/** [MS-EVEN] 3.1.4.9: the log, and a file to back it up to. */
const clear: ArgumentReader = (ndr, call) => {
  call.facts.target = call.handles.read(ndr);
  if (!ndr.pointer()) return;
  const file = ndr.unicodeString();
  if (!ndr.truncated && file !== "") call.facts.detail = `backup to ${file}`;
};

/** Event log of earlier Windows. [MS-EVEN] */
export const eventlog = {
  uuid: "82273fdc-e32a-18c3-3f78-827929dc23ea",
  name: "eventlog",
  pipes: ["eventlog"],
  operations: operations(`
    ElfrClearELFW ElfrBackupELFW ElfrCloseEL ElfrDeregisterEventSource ElfrNumberOfRecords ElfrOldestRecord
    ElfrChangeNotify ElfrOpenELW ElfrRegisterEventSourceW ElfrOpenBELW ElfrReadELW ElfrReportEventW ElfrClearELFA
    ElfrBackupELFA ElfrOpenELA ElfrRegisterEventSourceA ElfrOpenBELA ElfrReadELA ElfrReportEventA
    ElfrRegisterClusterSvc ElfrDeregisterClusterSvc ElfrWriteClusterEvents ElfrGetLogInformation ElfrFlushEL
    ElfrReportEventAndSourceW`),
  requests: {
    ...forAll([7, 8, 9], openLog),
    ...forAll([4, 5, 10, 22, 23], targetByHandle),
    0: clear,
    1: clear,
    2: targetByHandle,
  },
  responses: forAll([7, 8, 9], opensHandle),
} as const;
