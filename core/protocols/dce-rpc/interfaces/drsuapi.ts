import type { NdrReader } from "../ndr.ts";
import type { ArgumentReader } from "./interface.ts";
import { operations } from "./interface.ts";

const MOST_NAMES = 100;

/** Extended operations of DRSGetNCChanges. [MS-DRSR] 4.1.10.2.22 */
const EXTENDED: ReadonlyMap<number, string> = new Map([
  [6, "one object"],
  [7, "one object with secrets"],
]);

/** [MS-DRSR] 4.1.10.1: DRS_MSG_GETCHGREQ_V8 and V10 (4.1.10.2.8, 4.1.10.2.10). Mostly sealed on the wire. */
const getChanges: ArgumentReader = (ndr, call) => {
  ndr.handle();
  const version = ndr.u32();
  ndr.count(); // Union tag
  if (version !== 8 && version !== 10) return;
  ndr.align(8);
  ndr.uuid(); // Destination
  ndr.uuid(); // Invocation
  ndr.pointer(); // Naming context
  ndr.align(8);
  ndr.skip(24); // Update sequence numbers
  const hasVector = ndr.pointer();
  ndr.skip(12); // Flags, most objects, most octets
  const operation = ndr.u32();
  ndr.align(8);
  ndr.skip(8); // FSMO information
  ndr.pointer();
  ndr.pointer();
  ndr.u32();
  ndr.pointer();
  if (version === 10) ndr.u32();
  const name = dsName(ndr);
  if (ndr.truncated) return;
  call.facts.target = name;
  call.facts.detail = EXTENDED.get(operation) ?? (hasVector ? "changes only" : null);
};

/** DSNAME. [MS-DRSR] 5.49 */
function dsName(ndr: NdrReader): string {
  ndr.count();
  ndr.u32(); // Octets of the structure
  ndr.u32(); // Octets of the SID
  ndr.uuid();
  ndr.skip(28); // SID
  return ndr.wideCharacters(ndr.u32());
}

/** [MS-DRSR] 4.1.4.1 */
const crackNames: ArgumentReader = (ndr, call) => {
  ndr.handle();
  ndr.u32();
  ndr.count(); // Union tag
  ndr.u32(); // Code page
  ndr.u32(); // Language
  ndr.u32(); // Flags
  ndr.u32(); // Format given
  ndr.u32(); // Format wanted
  const count = ndr.u32();
  if (!ndr.pointer()) return;
  ndr.count();
  let present = 0;
  for (let i = 0; i < count && i < MOST_NAMES && !ndr.truncated; i++) if (ndr.pointer()) present++;
  const names: string[] = [];
  for (let i = 0; i < present; i++) {
    const name = ndr.wideString();
    if (ndr.truncated) break;
    names.push(name);
  }
  if (names.length > 0) call.facts.target = names.join(", ");
};

/** [MS-DRSR] 4.1.5.1 */
const controllerInfo: ArgumentReader = (ndr, call) => {
  ndr.handle();
  ndr.u32();
  ndr.count(); // Union tag
  const hasDomain = ndr.pointer();
  ndr.u32();
  if (hasDomain) call.facts.target = ndr.wideString();
};

/** Directory replication. [MS-DRSR] */
export const drsuapi = {
  uuid: "e3514235-4b06-11d1-ab04-00c04fc2dcd2",
  name: "drsuapi",
  operations: operations(`
    DRSBind DRSUnbind DRSReplicaSync DRSGetNCChanges DRSUpdateRefs DRSReplicaAdd DRSReplicaDel DRSReplicaModify
    DRSVerifyNames DRSGetMemberships DRSInterDomainMove DRSGetNT4ChangeLog DRSCrackNames DRSWriteSPN
    DRSRemoveDsServer DRSRemoveDsDomain DRSDomainControllerInfo DRSAddEntry DRSExecuteKCC DRSGetReplInfo
    DRSAddSidHistory DRSGetMemberships2 DRSReplicaVerifyObjects DRSGetObjectExistence DRSQuerySitesByCost
    DRSInitDemotion DRSReplicaDemotion DRSFinishDemotion DRSAddCloneDC DRSWriteNgcKey DRSReadNgcKey`),
  requests: { 3: getChanges, 12: crackNames, 16: controllerInfo },
} as const;
