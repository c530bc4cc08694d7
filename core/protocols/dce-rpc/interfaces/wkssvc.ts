import { forAll, operations, serverFirst } from "./interface.ts";

/** Workstation service: who is logged on, domain membership. [MS-WKST] */
export const wkssvc = {
  uuid: "6bffd098-a112-3610-9833-46c3f87e345a",
  name: "wkssvc",
  pipes: ["wkssvc"],
  operations: operations(`
    NetrWkstaGetInfo NetrWkstaSetInfo NetrWkstaUserEnum NetrWkstaUserGetInfo NetrWkstaUserSetInfo
    NetrWkstaTransportEnum NetrWkstaTransportAdd NetrWkstaTransportDel NetrUseAdd NetrUseGetInfo NetrUseDel NetrUseEnum
    NetrMessageBufferSend NetrWorkstationStatisticsGet NetrLogonDomainNameAdd NetrLogonDomainNameDel NetrJoinDomain
    NetrUnjoinDomain NetrValidateName NetrRenameMachineInDomain NetrGetJoinInformation NetrGetJoinableOUs
    NetrJoinDomain2 NetrUnjoinDomain2 NetrRenameMachineInDomain2 NetrValidateName2 NetrGetJoinableOUs2
    NetrAddAlternateComputerName NetrRemoveAlternateComputerName NetrSetPrimaryComputerName NetrEnumerateComputerNames
    NetrWorkstationResetDfsCache`),
  requests: forAll([0, 1, 2, 5, 8, 10, 11, 13, 20, 22, 23, 24, 25, 26, 27, 28, 29, 30], serverFirst),
} as const;
