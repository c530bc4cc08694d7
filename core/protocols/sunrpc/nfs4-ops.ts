/**
 * Operations of NFS version 4: their arguments, and the results that follow status 0, as XDR items in order.
 *
 * An item is `type` (passed over) or `key:type` (kept in the call or answer). Types: u4, u8, bool, str, opq, bm (bitmap), fattr,
 * data (file data), nN (N octets), and *type for a list. What is not linear has a reader of its own in `nfs4.ts`, and is null here.
 * RFC 7530 16, RFC 8881 18, RFC 7862 15, RFC 8276 8.4
 */
type Items = readonly string[] | null;

export interface Operation {
  readonly name: string;
  readonly args: Items;
  readonly results: Items;
}

const STATE = "n16";
const CHANGE = "n20";
const TABLE: readonly (readonly [number, string, string | null, string | null])[] = [
  [3, "ACCESS", "u4", "u4 u4"],
  [4, "CLOSE", `u4 ${STATE}`, STATE],
  [5, "COMMIT", "offset:u8 octets:u4", "n8"],
  [6, "CREATE", null, `${CHANGE} bm`],
  [7, "DELEGPURGE", "u8", ""],
  [8, "DELEGRETURN", STATE, ""],
  [9, "GETATTR", "bm", "fattr"],
  [10, "GETFH", "", "handle:opq"],
  [11, "LINK", "toName:str", CHANGE],
  [12, "LOCK", null, STATE],
  [13, "LOCKT", "u4 offset:u8 octets:u8 u8 opq", ""],
  [14, "LOCKU", `u4 u4 ${STATE} offset:u8 octets:u8`, STATE],
  [15, "LOOKUP", "name:str", ""],
  [16, "LOOKUPP", "", ""],
  [17, "NVERIFY", "fattr", ""],
  [18, "OPEN", null, null],
  [19, "OPENATTR", "bool", ""],
  [20, "OPEN_CONFIRM", `${STATE} u4`, STATE],
  [21, "OPEN_DOWNGRADE", `${STATE} u4 u4 u4`, STATE],
  [22, "PUTFH", "handle:opq", ""],
  [23, "PUTPUBFH", "", ""],
  [24, "PUTROOTFH", "", ""],
  [25, "READ", `${STATE} offset:u8 octets:u4`, "isEnd:bool payload:data"],
  [26, "READDIR", "cookie:u8 n8 u4 u4 bm", null],
  [27, "READLINK", "", "words:str"],
  [28, "REMOVE", "name:str", CHANGE],
  [29, "RENAME", "name:str toName:str", `${CHANGE} ${CHANGE}`],
  [30, "RENEW", "u8", ""],
  [31, "RESTOREFH", "", ""],
  [32, "SAVEFH", "", ""],
  [33, "SECINFO", "name:str", null],
  [34, "SETATTR", `${STATE} fattr`, "bm"],
  [35, "SETCLIENTID", "n8 words:str u4 str str u4", "u8 n8"],
  [36, "SETCLIENTID_CONFIRM", "u8 n8", ""],
  [37, "VERIFY", "fattr", ""],
  [38, "WRITE", `${STATE} offset:u8 u4 payload:data`, "octets:u4 u4 n8"],
  [39, "RELEASE_LOCKOWNER", "u8 opq", ""],
  [40, "BACKCHANNEL_CTL", null, ""],
  [41, "BIND_CONN_TO_SESSION", "n16 u4 bool", "n16 u4 bool"],
  [42, "EXCHANGE_ID", null, null],
  [43, "CREATE_SESSION", null, null],
  [44, "DESTROY_SESSION", "n16", ""],
  [45, "FREE_STATEID", STATE, ""],
  [46, "GET_DIR_DELEGATION", "bool bm n12 n12 bm bm", null],
  [47, "GETDEVICEINFO", "n16 u4 u4 bm", "u4 opq bm"],
  [48, "GETDEVICELIST", "u4 u4 n8 n8", "n8 n8 *n16 bool"],
  [49, "LAYOUTCOMMIT", null, null],
  [50, "LAYOUTGET", `bool u4 u4 offset:u8 u8 u8 ${STATE} u4`, null],
  [51, "LAYOUTRETURN", null, null],
  [52, "SECINFO_NO_NAME", "u4", null],
  [53, "SEQUENCE", "n16 u4 u4 u4 bool", "n16 u4 u4 u4 u4 u4"],
  [54, "SET_SSV", "opq opq", "opq"],
  [55, "TEST_STATEID", `*${STATE}`, "*u4"],
  [56, "WANT_DELEGATION", null, null],
  [57, "DESTROY_CLIENTID", "u8", ""],
  [58, "RECLAIM_COMPLETE", "bool", ""],
  [59, "ALLOCATE", `${STATE} offset:u8 octets:u8`, ""],
  [60, "COPY", null, `*n16 octets:u8 u4 n8 bool bool`],
  [61, "COPY_NOTIFY", null, null],
  [62, "DEALLOCATE", `${STATE} offset:u8 octets:u8`, ""],
  [63, "IO_ADVISE", `${STATE} u8 u8 bm`, "bm"],
  [64, "LAYOUTERROR", `u8 u8 ${STATE} *n24`, ""],
  [65, "LAYOUTSTATS", `u8 u8 ${STATE} n16 n16 n16 u4 opq`, ""],
  [66, "OFFLOAD_CANCEL", STATE, ""],
  [67, "OFFLOAD_STATUS", STATE, "u8 *u4"],
  [68, "READ_PLUS", `${STATE} offset:u8 octets:u4`, null],
  [69, "SEEK", `${STATE} offset:u8 u4`, "bool u8"],
  [70, "WRITE_SAME", null, "*n16 octets:u8 u4 n8"],
  [71, "CLONE", `${STATE} ${STATE} u8 offset:u8 octets:u8`, ""],
  [72, "GETXATTR", "words:str", "opq"],
  [73, "SETXATTR", "u4 words:str opq", CHANGE],
  [74, "LISTXATTRS", "u8 u4", "u8 *str bool"],
  [75, "REMOVEXATTR", "words:str", CHANGE],
];

export const OPERATIONS: ReadonlyMap<number, Operation> = new Map(
  TABLE.map(([code, name, args, results]) => [code, { name, args: itemsOf(args), results: itemsOf(results) }]),
);

function itemsOf(text: string | null): Items {
  if (text === null) return null;
  return text === "" ? [] : text.split(" ");
}
