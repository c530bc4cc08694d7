import type { ArgumentReader } from "./interface.ts";
import { operations } from "./interface.ts";

/** What the action GUIDs ask for. [MS-BKRP] 3.1.4.1 */
const ACTIONS: ReadonlyMap<string, string> = new Map([
  ["7f752b10-178e-11d1-ab8f-00805f14db40", "wrap a secret"],
  ["018ff48a-eaba-40c6-8f6d-72370240e967", "retrieve the domain's public backup key"],
  ["47270c64-2fc7-499b-ac5b-0e37cdce899a", "unwrap a secret"],
  ["7fe94d50-178e-11d1-ab8f-00805f14db40", "unwrap a secret (Windows 2000)"],
]);

const backup: ArgumentReader = (ndr, call) => {
  const action = ndr.uuid();
  if (!ndr.truncated) call.facts.detail = ACTIONS.get(action) ?? action;
};

/** Domain backup key of DPAPI. [MS-BKRP] */
export const backupKey = {
  uuid: "3dde7c30-165d-11d1-ab8f-00805f14db40",
  name: "BackupKey",
  pipes: ["protected_storage"],
  operations: operations("bkrp_BackupKey"),
  requests: { 0: backup },
} as const;
