import type { RpcInterface } from "./interface.ts";
import { operations } from "./interface.ts";

function named(uuid: string, name: string, operationList = ""): RpcInterface {
  return { uuid, name, operations: operationList === "" ? [] : operations(operationList), hasNoStatus: true };
}

/** Interfaces whose operations are named but whose arguments are not read. */
export const NAMED_ONLY: readonly RpcInterface[] = [
  named(
    "afa8bd80-7d8a-11c9-bef4-08002b102989",
    "mgmt",
    "inq_if_ids inq_stats is_server_listening stop_server_listening inq_princ_name",
  ),
  named(
    "f5cc5a18-4264-101a-8c59-08002b2f8426",
    "nspi",
    "NspiBind NspiUnbind NspiUpdateStat NspiQueryRows NspiSeekEntries NspiGetMatches NspiResortRestriction NspiDNToEph NspiGetPropList NspiGetProps",
  ),
  named(
    "a4f1db00-ca47-1067-b31f-00dd010662da",
    "exchange_mapi",
    "EcDoConnect EcDoDisconnect EcDoRpc EcGetMoreRpc EcRRegisterPushNotification EcRUnregisterPushNotification EcDummyRpc EcRGetDCName EcRNetGetDCName EcDoRpcExt EcDoConnectEx EcDoRpcExt2 EcUnknown0xC EcUnknown0xD EcDoAsyncConnectEx",
  ),
];
