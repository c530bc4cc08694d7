import { DCE_RPC_FIELDS } from "./dce-rpc.ts";
import type { AgreedField } from "./fields.ts";
import { HTTP_API_FIELDS } from "./http-apis.ts";
import { IPMI_FIELDS } from "./ipmi.ts";
import { ISCSI_FIELDS } from "./iscsi.ts";
import { NBD_FIELDS } from "./nbd.ts";
import { NDMP_FIELDS } from "./ndmp.ts";
import { NFS_FIELDS } from "./nfs.ts";
import { RDP_FIELDS } from "./rdp.ts";
import { TDS_FIELDS } from "./tds.ts";

/** Everything that is compared with tshark. */
export const AGREED_FIELDS: readonly AgreedField[] = [
  ...DCE_RPC_FIELDS,
  ...HTTP_API_FIELDS,
  ...IPMI_FIELDS,
  ...ISCSI_FIELDS,
  ...NBD_FIELDS,
  ...NDMP_FIELDS,
  ...NFS_FIELDS,
  ...RDP_FIELDS,
  ...TDS_FIELDS,
];
