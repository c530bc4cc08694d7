import type { NdrReader } from "../ndr.ts";
import type { ArgumentReader } from "./interface.ts";
import { forAll, operations, stringFirst } from "./interface.ts";

/** Ids come before the name of the share. [MS-FSRVP] 3.1.4.4, 3.1.4.11, 3.1.4.12 */
const shareBehindIds: ArgumentReader = (ndr, call) => {
  const first = ndr.uuid();
  ndr.uuid();
  const share = ndr.wideString();
  if (ndr.truncated) return;
  call.facts.target = share;
  call.facts.detail = first;
};

/** [MS-FSRVP] 3.1.4.5 to 3.1.4.8, 3.1.4.13: the set of shadow copies. */
const shadowCopySet: ArgumentReader = (ndr, call) => {
  const id = readId(ndr);
  if (id !== null) call.facts.detail = id;
};

function readId(ndr: NdrReader): string | null {
  const id = ndr.uuid();
  return ndr.truncated ? null : id;
}

/** Shadow copies of file shares; the server goes to the path that it is asked about. [MS-FSRVP] */
export const fileServerVssAgent = {
  uuid: "a8e0653c-2744-4389-a61d-7373df8b2292",
  name: "FileServerVssAgent",
  pipes: ["fssagentrpc"],
  operations: operations(`
    GetSupportedVersion SetContext StartShadowCopySet AddToShadowCopySet CommitShadowCopySet ExposeShadowCopySet
    RecoveryCompleteShadowCopySet AbortShadowCopySet IsPathSupported IsPathShadowCopied GetShareMapping
    DeleteShareMapping PrepareShadowCopy`),
  requests: {
    ...forAll([8, 9], stringFirst),
    ...forAll([3, 10, 11], shareBehindIds),
    ...forAll([2, 4, 5, 6, 7, 12], shadowCopySet),
  },
} as const;
