import type { AgreedField } from "./fields.ts";
import { DCE_RPC_FIELDS } from "./dce-rpc.ts";
import { NDMP_FIELDS } from "./ndmp.ts";
import { NFS_FIELDS } from "./nfs.ts";
import { RDP_FIELDS } from "./rdp.ts";

/** Everything that is compared with tshark. */
export const AGREED_FIELDS: readonly AgreedField[] = [...DCE_RPC_FIELDS, ...NDMP_FIELDS, ...NFS_FIELDS, ...RDP_FIELDS];
