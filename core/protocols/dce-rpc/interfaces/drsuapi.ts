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

/** [MS-DRSR] 4.1.23.1, 4.1.26.1, 4.1.19.1, 4.1.20.1: a naming context, and the server that takes part. */
const replica =
  (serverFollows: boolean): ArgumentReader =>
  (ndr, call) => {
    ndr.handle();
    const version = ndr.u32();
    ndr.count(); // Union tag
    if (version !== 1) return;
    const hasContext = ndr.pointer();
    const hasServer = serverFollows && ndr.pointer();
    if (!hasContext) return;
    // Times, ids and flags of these messages come before what the pointers lead to; their lengths differ, so the name is sought.
    const name = soughtDsName(ndr);
    if (name === null) return;
    call.facts.target = name;
    if (!hasServer) return;
    ndr.skip(2); // The name's terminator
    const server = ndr.narrowString();
    if (!ndr.truncated && server !== "") call.facts.detail = `server ${server}`;
  };

/** Most octets between the pointers and a DSNAME: a replication schedule is the longest part (84 octets). */
const SOUGHT_OCTETS = 160;

/** The next DSNAME: conformance, structure and name lengths fit each other. null if there is none near. */
function soughtDsName(ndr: NdrReader): string | null {
  const r = ndr.octets;
  ndr.align(4);
  const from = r.pos;
  const { end } = r;
  for (let at = from; at < from + SOUGHT_OCTETS && at + 64 <= end; at += 4) {
    r.seek(at, end);
    const most = r.u32le();
    const octets = r.u32le();
    r.seek(at + 56, end);
    const characters = r.u32le();
    if (characters > 0 && most === characters + 1 && octets >= 56 + characters * 2 && octets <= 64 + characters * 2) {
      r.seek(at, end);
      const name = dsName(ndr);
      return ndr.truncated ? null : name;
    }
  }
  r.seek(from, end);
  return null;
}

/** [MS-DRSR] 4.1.28.1: the account whose service principal names change, and the names. */
const writeSpn: ArgumentReader = (ndr, call) => {
  ndr.handle();
  const version = ndr.u32();
  ndr.count(); // Union tag
  if (version !== 1) return;
  const operation = ndr.u32();
  ndr.u32(); // Flags
  const hasAccount = ndr.pointer();
  const count = ndr.u32();
  const hasNames = ndr.pointer();
  if (hasAccount) call.facts.target = ndr.wideString();
  if (!hasNames) return;
  ndr.count();
  let present = 0;
  for (let i = 0; i < count && i < MOST_NAMES && !ndr.truncated; i++) if (ndr.pointer()) present++;
  const names: string[] = [];
  for (let i = 0; i < present; i++) {
    const name = ndr.wideString();
    if (ndr.truncated) break;
    names.push(name);
  }
  call.facts.detail = `${SPN_OPERATIONS[operation] ?? operation} ${names.join(", ")}`;
};

const SPN_OPERATIONS: readonly string[] = ["add", "replace", "delete"];

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
  requests: {
    2: replica(false),
    3: getChanges,
    4: replica(true),
    5: replica(true),
    6: replica(true),
    12: crackNames,
    13: writeSpn,
    16: controllerInfo,
  },
} as const;
