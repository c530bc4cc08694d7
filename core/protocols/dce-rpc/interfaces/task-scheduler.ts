import { taskCommand } from "../task-xml.ts";
import type { ArgumentReader } from "./interface.ts";
import { forAll, operations, stringFirst } from "./interface.ts";

const FLAG_UPDATE = 0x4;
const FLAG_CREATE = 0x2;

/** [MS-TSCH] 3.2.5.4.2 */
const registerTask: ArgumentReader = (ndr, call) => {
  call.facts.target = ndr.uniqueWideString();
  const xml = ndr.wideString();
  const flags = ndr.u32();
  const task = taskCommand(xml);
  call.facts.command = task.command;
  const parts: string[] = [];
  if (!ndr.truncated) {
    if (flags & FLAG_CREATE) parts.push("create");
    if (flags & FLAG_UPDATE) parts.push("update");
  }
  if (task.principal !== null) parts.push(`runs as ${task.principal}`);
  if (task.author !== null) parts.push(`author ${task.author}`);
  if (task.isHidden) parts.push("hidden");
  if (parts.length > 0) call.facts.detail = parts.join(", ");
};

/** [MS-TSCH] 3.2.5.4.3: the answer is the task's XML. */
const retrievedTask: ArgumentReader = (ndr, call) => {
  if (!ndr.pointer()) return;
  call.facts.command = taskCommand(ndr.wideString()).command;
};

const enableTask: ArgumentReader = (ndr, call) => {
  call.facts.target = ndr.wideString();
  const enabled = ndr.u32();
  if (!ndr.truncated) call.facts.detail = enabled === 0 ? "disable" : "enable";
};

const rename: ArgumentReader = (ndr, call) => {
  call.facts.target = ndr.wideString();
  const name = ndr.wideString();
  if (!ndr.truncated) call.facts.detail = `to ${name}`;
};

/** Task scheduler of Windows Vista and later. [MS-TSCH] 3.2.5.4 */
export const taskScheduler = {
  uuid: "86d35949-83c9-4044-b424-db363231fd0c",
  name: "ITaskSchedulerService",
  pipes: ["atsvc"],
  operations: operations(`
    SchRpcHighestVersion SchRpcRegisterTask SchRpcRetrieveTask SchRpcCreateFolder SchRpcSetSecurity SchRpcGetSecurity
    SchRpcEnumFolder SchRpcEnumTasks SchRpcEnumInstances SchRpcGetInstanceInfo SchRpcStopInstance SchRpcStop SchRpcRun
    SchRpcDelete SchRpcRename SchRpcScheduledRuntimes SchRpcGetLastRunInfo SchRpcGetTaskInfo
    SchRpcGetNumberOfMissedRuns SchRpcEnableTask`),
  requests: {
    ...forAll([2, 3, 4, 5, 6, 7, 11, 12, 13, 15, 16, 17, 18], stringFirst),
    1: registerTask,
    14: rename,
    19: enableTask,
  },
  responses: { 2: retrievedTask },
} as const;
