import { nfsStatusName } from "../../core/protocols/sunrpc/nfs-status.ts";
import { OPERATIONS } from "../../core/protocols/sunrpc/nfs4-ops.ts";
import { NFS, procedureName } from "../../core/protocols/sunrpc/programs.ts";
import type { AgreedField, Row } from "./fields.ts";
import { cell, where } from "./fields.ts";

/** Each row of counted calls as often as tshark tells of them: at the call, and at its answer. */
function counted(program: string, version: number, isCounted: (row: Row) => boolean): AgreedField["ours"] {
  return (row) => {
    if (row["program_name"] !== program || Number(row["version"]) !== version || !isCounted(row)) return [];
    const isAnswered = row["outcome"] !== "attempted" && row["status"] !== "not tried";
    return new Array<string>(Number(row["calls"]) * (isAnswered ? 2 : 1)).fill(String(row["procedure"]));
  };
}

const calls = (field: string, program: number, name: string, version: number): AgreedField => ({
  name: `${name} ${version} procedures`,
  tshark: [field],
  table: "rpc",
  ours: counted(name, version, () => true),
  theirs: (number) => procedureName(program, version, Number(number)),
});

/** Statuses of the answers that have one. */
function statuses(...versions: readonly number[]): AgreedField["ours"] {
  return (row) => {
    const [status, procedure] = [row["status"], row["procedure"]];
    if (row["program_name"] !== "nfs" || !versions.includes(Number(row["version"])) || procedure === "NULL") return [];
    return typeof status === "string" && /^NFS|^\d+$/u.test(status)
      ? new Array<string>(Number(row["calls"])).fill(status)
      : [];
  };
}

const last = (path: unknown): string[] => (typeof path === "string" ? [path.slice(path.lastIndexOf("/") + 1)] : []);

/** Names in calls of one version, as often as they were asked. */
function names(version: RegExp, operations: readonly string[]): AgreedField["ours"] {
  return (row) => {
    const operation = String(row["operation"]);
    if (!version.test(String(row["version"])) || !operations.includes(operation)) return [];
    const asked = [
      ...last(row["path"]),
      ...(operation === "RENAME" || operation === "LINK" ? last(row["new_path"]) : []),
    ];
    return new Array<string[]>(Number(row["calls"])).fill(operation === "LINK" ? asked.slice(-1) : asked).flat();
  };
}

/** Calls, names and statuses of NFS, and what mounts and port requests ask for. */
export const NFS_FIELDS: readonly AgreedField[] = [
  calls("nfs.procedure_v2", NFS, "nfs", 2),
  calls("nfs.procedure_v3", NFS, "nfs", 3),
  {
    name: "nfs 4 operations",
    tshark: ["nfs.opcode"],
    table: "rpc",
    ours: counted("nfs", 4, (row) => row["procedure"] !== "NULL" && row["procedure"] !== "COMPOUND"),
    theirs: (number) => OPERATIONS.get(Number(number))?.name ?? `OP_${number}`,
  },
  {
    name: "nfs 2 statuses",
    tshark: ["nfs.status2"],
    table: "rpc",
    ours: statuses(2),
    theirs: (number) => nfsStatusName(2, Number(number)),
  },
  {
    name: "nfs 3 statuses",
    tshark: ["nfs.status3"],
    table: "rpc",
    ours: statuses(3),
    theirs: (number) => nfsStatusName(3, Number(number)),
  },
  {
    name: "nfs 4 statuses",
    tshark: ["nfs.nfsstat4"],
    table: "rpc",
    ours: statuses(4),
    theirs: (number) => nfsStatusName(4, Number(number)),
  },
  {
    name: "names in nfs 2 and 3",
    tshark: ["nfs.name"],
    table: "nfs",
    ours: names(/^[23]$/u, "LOOKUP CREATE MKDIR SYMLINK MKNOD REMOVE RMDIR RENAME LINK".split(" ")),
  },
  {
    name: "names in nfs 4",
    tshark: ["nfs.pathname.component"],
    table: "nfs",
    ours: names(/^4/u, "LOOKUP OPEN CREATE REMOVE RENAME LINK SECINFO".split(" ")),
  },
  {
    name: "mounted directory",
    tshark: ["mount.path"],
    table: "mount",
    ours: where((row) => row["operation"] === "MNT" || row["operation"] === "UMNT", cell("path")),
  },
  {
    name: "program whose port is asked for",
    tshark: ["portmap.prog", "portmap.rpcb.prog"],
    table: "portmap",
    ours: (row) => (row["program"] === null ? [] : [String(row["program"])]),
  },
];
