import type { Random } from "../wire/random.ts";
import { Ndr } from "./ndr.ts";
import type { RpcCaller } from "./rpc-talk.ts";

/** Operation numbers. [MS-TSCH] 3.2.5.4 */
const HIGHEST_VERSION = 0;
const REGISTER = 1;
const RUN = 12;
const DELETE = 13;

/** Asks which version of the scheduler answers. */
export function askVersion(rpc: RpcCaller): void {
  rpc.call(HIGHEST_VERSION, new Uint8Array(0), new Ndr().u32(0x10006).u32(0).done());
}

/** Registers a task from its definition. @param path such as "\\Updater" */
export function registerTask(rpc: RpcCaller, path: string, definition: string): void {
  const ask = new Ndr(8192).uniqueText(path).text(definition).u32(6).pointer(false).u32(0).u32(0).pointer(false);
  rpc.call(REGISTER, ask.done(), new Ndr().uniqueText(path).pointer(false).u32(0).done());
}

export function runTask(rpc: RpcCaller, path: string, random: Random): void {
  const ask = new Ndr().text(path).u32(0).pointer(false).u32(0).u32(0).pointer(false);
  rpc.call(RUN, ask.done(), new Ndr().bytes(random.bytes(16)).u32(0).done());
}

export function deleteTask(rpc: RpcCaller, path: string): void {
  rpc.call(DELETE, new Ndr().text(path).u32(0).done(), new Ndr().u32(0).done());
}

/** A task definition that runs one command as the system. [MS-TSCH] 2.5 */
export function taskDefinition(command: string, argumentsText: string, startIso: string): string {
  return `<?xml version="1.0" encoding="UTF-16"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <Triggers>
    <TimeTrigger><StartBoundary>${startIso}</StartBoundary><Enabled>true</Enabled></TimeTrigger>
  </Triggers>
  <Principals>
    <Principal id="LocalSystem"><UserId>S-1-5-18</UserId><RunLevel>HighestAvailable</RunLevel></Principal>
  </Principals>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <Hidden>true</Hidden>
    <ExecutionTimeLimit>P3D</ExecutionTimeLimit>
  </Settings>
  <Actions Context="LocalSystem">
    <Exec><Command>${command}</Command><Arguments>${argumentsText}</Arguments></Exec>
  </Actions>
</Task>
`;
}
