import { forAll, operations, stringFirst } from "./interface.ts";

/** Shadow copies of file shares. [MS-FSRVP] */
export const fileServerVssAgent = {
  uuid: "a8e0653c-2744-4389-a61d-7373df8b2292",
  name: "FileServerVssAgent",
  pipes: ["fssagentrpc"],
  operations: operations(`
    GetSupportedVersion SetContext StartShadowCopySet AddToShadowCopySet CommitShadowCopySet ExposeShadowCopySet
    RecoveryCompleteShadowCopySet AbortShadowCopySet IsPathSupported IsPathShadowCopied GetShareMapping
    DeleteShareMapping PrepareShadowCopy`),
  requests: forAll([8, 9], stringFirst),
} as const;
