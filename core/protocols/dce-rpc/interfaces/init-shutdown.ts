import type { RpcInterface } from "./interface.ts";
import { operations } from "./interface.ts";

/** Shut down a server. [MS-RSP] 3.1.4 */
export const initShutdown: RpcInterface = {
  uuid: "894de0c0-0d55-11d3-a322-00c04fa321a1",
  name: "InitShutdown",
  pipes: ["initshutdown"],
  operations: operations("BaseInitiateShutdown BaseAbortShutdown BaseInitiateShutdownEx"),
};

/** Shut down a server, the later interface. [MS-RSP] 3.2.4 */
export const windowsShutdown: RpcInterface = {
  uuid: "d95afe70-a6d5-4259-822e-2c84da1ddb0d",
  name: "WindowsShutdown",
  operations: operations("WsdrInitiateShutdown WsdrAbortShutdown"),
};
