import { operations } from "./interface.ts";

/** Domain role of a server. [MS-DSSP] */
export const dssetup = {
  uuid: "3919286a-b10c-11d0-9ba8-00c04fd92ef5",
  name: "dssetup",
  operations: operations(`
    DsRolerGetPrimaryDomainInformation DsRolerDnsNameToFlatName DsRolerDcAsDc DsRolerDcAsReplica DsRolerDemoteDc
    DsRolerGetDcOperationProgress DsRolerGetDcOperationResults DsRolerCancel DsRolerServerSaveStateForUpgrade
    DsRolerUpgradeDownlevelServer DsRolerAbortDownlevelServerUpgrade`),
} as const;
