/** Programs that are named. IANA "rpc-program-numbers", RFC 1833, 1813, 7530 */
export const PORTMAP = 100000;
export const NFS = 100003;
export const MOUNT = 100005;
export const NLM = 100021;
export const NSM = 100024;
/** First and last number that clients give their own callback programs. RFC 5531 8.3.1 */
const TRANSIENT_FIRST = 0x40000000;
const TRANSIENT_LAST = 0x5fffffff;

const PROGRAMS: Readonly<Record<number, string>> = {
  [PORTMAP]: "portmapper",
  100001: "rstatd",
  100002: "rusersd",
  [NFS]: "nfs",
  100004: "ypserv",
  [MOUNT]: "mount",
  100007: "ypbind",
  100008: "walld",
  100009: "yppasswdd",
  100011: "rquotad",
  100012: "sprayd",
  [NLM]: "nlm",
  100020: "llockmgr",
  [NSM]: "nsm",
  100026: "bootparam",
  100068: "cmsd",
  100083: "ttdbserverd",
  100133: "nsm_addrand",
  100227: "nfs_acl",
  100232: "sadmind",
  390103: "networker_nsrd",
  390104: "networker_nsrmmd",
  390105: "networker_nsrindexd",
  390107: "networker_nsrmmdbd",
  390109: "networker_nsrstat",
  390110: "networker_nsrjbd",
  390113: "networker_nsrexecd",
  400122: "nfs_cb",
};

/** Highest version of any program that is named. */
const MOST_VERSION = 10;

export function programName(program: number): string {
  return PROGRAMS[program] ?? (isCallback(program) ? "nfs_cb" : String(program));
}

export function isCallback(program: number): boolean {
  return program >= TRANSIENT_FIRST && program <= TRANSIENT_LAST;
}

/** True for programs that are known by number: what recognition without a port relies on. */
export function isKnownProgram(program: number, version: number): boolean {
  return version <= MOST_VERSION && (program in PROGRAMS || isCallback(program));
}

const NFS2 =
  "NULL GETATTR SETATTR ROOT LOOKUP READLINK READ WRITECACHE WRITE CREATE REMOVE RENAME LINK SYMLINK MKDIR RMDIR READDIR STATFS";
const NFS3 =
  "NULL GETATTR SETATTR LOOKUP ACCESS READLINK READ WRITE CREATE MKDIR SYMLINK MKNOD REMOVE RMDIR RENAME LINK READDIR READDIRPLUS FSSTAT FSINFO PATHCONF COMMIT";
const PORTMAP2 = "NULL SET UNSET GETPORT DUMP CALLIT";
const RPCBIND =
  "NULL SET UNSET GETADDR DUMP CALLIT GETTIME UADDR2TADDR TADDR2UADDR GETVERSADDR INDIRECT GETADDRLIST GETSTAT";
const NLM4 =
  "NULL TEST LOCK CANCEL UNLOCK GRANTED TEST_MSG LOCK_MSG CANCEL_MSG UNLOCK_MSG GRANTED_MSG TEST_RES LOCK_RES CANCEL_RES UNLOCK_RES GRANTED_RES SM_NOTIFY - - - SHARE UNSHARE NM_LOCK FREE_ALL";

const PROCEDURES: Readonly<Record<string, readonly string[]>> = {
  [`${NFS} 2`]: NFS2.split(" "),
  [`${NFS} 3`]: NFS3.split(" "),
  [`${NFS} 4`]: ["NULL", "COMPOUND"],
  [`${PORTMAP} 2`]: PORTMAP2.split(" "),
  [`${PORTMAP} 3`]: RPCBIND.split(" "),
  [`${PORTMAP} 4`]: RPCBIND.split(" "),
  [String(MOUNT)]: "NULL MNT DUMP UMNT UMNTALL EXPORT EXPORTALL PATHCONF".split(" "),
  [String(NLM)]: NLM4.split(" "),
  [String(NSM)]: "NULL STAT MON UNMON UNMON_ALL SIMU_CRASH NOTIFY".split(" "),
};

/** Name of a procedure; its number where none is known. */
export function procedureName(program: number, version: number, procedure: number): string {
  const names = PROCEDURES[`${program} ${version}`] ?? PROCEDURES[String(program)];
  const name = names?.[procedure];
  if (name !== undefined) return name;
  if (programName(program) === "nfs_cb")
    return procedure === 1 ? "CB_COMPOUND" : procedure === 0 ? "CB_NULL" : String(procedure);
  return procedure === 0 ? "NULL" : String(procedure);
}
