import type { ArgumentReader, RpcInterface } from "./interface.ts";
import { operations } from "./interface.ts";

/** [MS-SCMP] 3.1.4.1.3: the volume whose shadow copies are asked for. */
const volume: ArgumentReader = (ndr, call) => {
  call.facts.target = ndr.uniqueWideString();
};

/** [MS-SCMP] 3.1.4.4.1, 3.1.4.4.2: the volume, the one that holds its differences, the most octets of them. */
const differenceArea: ArgumentReader = (ndr, call) => {
  const name = ndr.uniqueWideString();
  const area = ndr.uniqueWideString();
  ndr.align(8);
  const most = ndr.octets.u64le();
  if (ndr.truncated) return;
  call.facts.target = name;
  call.facts.detail = `on ${area ?? "?"}, ${most === 0xffff_ffff_ffff_ffffn ? "unbounded" : `at most ${most} octets`}`;
};

/** Shadow copies of a server: what is there. [MS-SCMP] 3.1.4.1 */
export const iVssSnapshotMgmt: RpcInterface = {
  uuid: "fa7df749-66e7-4986-a27f-e2f04ae53772",
  name: "IVssSnapshotMgmt",
  operations: operations("- - - GetProviderMgmtInterface QueryVolumesSupportedForSnapshots QuerySnapshotsByVolume"),
  isObject: true,
  requests: { 5: volume },
};

/** Space for shadow copies: making it small deletes them. [MS-SCMP] 3.1.4.4 */
export const iVssDifferentialSoftwareSnapshotMgmt: RpcInterface = {
  uuid: "214a0f28-b737-4026-b847-4f9e37d79529",
  name: "IVssDifferentialSoftwareSnapshotMgmt",
  operations: operations(`
    - - - AddDiffArea ChangeDiffAreaMaximizeSize QueryVolumesSupportedForDiffAreas QueryDiffAreasForVolume
    QueryDiffAreaOnVolume Opnum08NotUsedOnWire`),
  isObject: true,
  requests: { 3: differenceArea, 4: differenceArea, 6: volume, 7: volume },
};
