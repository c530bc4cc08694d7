import type { ArchiveOperation } from "../archive-op.ts";

/** What a call does to what is stored. */
export interface HypervisorAct {
  readonly operation: ArchiveOperation;
  readonly detail: string | null;
  /** The datastore, storage or backup datastore. */
  readonly share: string | null;
  readonly object: string;
  readonly product: string | null;
  readonly isStorage: boolean;
}

/** Methods of the vSphere API that concern what is stored. [vSphere] Web Services API */
const VSPHERE: Readonly<Record<string, readonly [operation: ArchiveOperation, detail: string]>> = {
  RemoveSnapshot_Task: ["delete", "a snapshot"],
  RemoveAllSnapshots_Task: ["delete", "all snapshots of the machine"],
  CreateSnapshot_Task: ["snapshot", "made"],
  CreateSnapshotEx_Task: ["snapshot", "made"],
  RevertToSnapshot_Task: ["restore", "back to a snapshot"],
  RevertToCurrentSnapshot_Task: ["restore", "back to the last snapshot"],
  Destroy_Task: ["delete", "the object with its disks"],
  DeleteDatastoreFile_Task: ["delete", "a file of a datastore"],
  DeleteFile: ["delete", "a file of a datastore"],
  MoveDatastoreFile_Task: ["rename", "a file of a datastore"],
  CopyDatastoreFile_Task: ["create", "a file of a datastore copied"],
  DeleteVirtualDisk_Task: ["delete", "a virtual disk"],
  EraseVirtualDisk_Task: ["format", "a virtual disk filled with zeros"],
  ZeroFillVirtualDisk_Task: ["format", "a virtual disk filled with zeros"],
  RemoveDatastore: ["delete", "a datastore"],
  DestroyDatastore: ["delete", "a datastore"],
  DeleteVStorageObject_Task: ["delete", "a disk"],
};

/** @param parameters name=value, of which paths are told. */
export function vsphereAct(method: string, object: string | null, parameters: readonly string[]): HypervisorAct | null {
  const meaning = Object.hasOwn(VSPHERE, method) ? VSPHERE[method]! : null;
  if (meaning === null) return null;
  const named = parameters.find((parameter) => /^(?:name|sourceName|datastorePath)=/.test(parameter));
  const path = named?.slice(named.indexOf("=") + 1);
  const stored = path === undefined ? null : /^\[([^\]]*)\] ?(.*)$/.exec(path);
  const [operation, detail] = meaning;
  // The name of a new snapshot is no place: what it is made of is what the call is for.
  if (operation === "snapshot")
    return {
      operation,
      detail: path === undefined ? detail : `${detail}: ${path}`,
      share: null,
      object: object ?? "",
      product: null,
      isStorage: true,
    };
  const told = path === undefined ? object : (stored?.[2] ?? path);
  return { operation, detail, share: stored?.[1] ?? null, object: told ?? "", product: null, isStorage: true };
}

/** Paths of Proxmox' interfaces behind /api2/json that concern what is stored. [Proxmox] API viewer of VE 8 and Backup Server 3 */
const PROXMOX: readonly (readonly [call: RegExp, operation: ArchiveOperation, detail: string])[] = [
  [/^DELETE \/nodes\/[^/]+\/(?:qemu|lxc)\/(\d+)$/, "delete", "the machine with its disks"],
  [/^DELETE \/nodes\/[^/]+\/(?:qemu|lxc)\/(\d+\/snapshot\/[^/]+)$/, "delete", "a snapshot"],
  [/^POST \/nodes\/[^/]+\/(?:qemu|lxc)\/(\d+)\/snapshot$/, "snapshot", "made"],
  [/^POST \/nodes\/[^/]+\/(?:qemu|lxc)\/(\d+\/snapshot\/[^/]+)\/rollback$/, "restore", "back to a snapshot"],
  [/^DELETE \/nodes\/[^/]+\/storage\/([^/]+\/content\/.+)$/, "delete", "a volume"],
  [/^DELETE \/nodes\/[^/]+\/storage\/([^/]+)\/prunebackups$/, "delete", "backups pruned"],
  [/^POST \/nodes\/([^/]+)\/vzdump$/, "write", "a backup was begun"],
  [/^DELETE \/storage\/([^/]+)$/, "delete", "a storage taken out of use"],
  [/^DELETE \/cluster\/backup\/([^/]+)$/, "delete", "a backup job"],
  [/^DELETE \/admin\/datastore\/([^/]+)\/snapshots$/, "delete", "a backup"],
  [/^DELETE \/admin\/datastore\/([^/]+)\/groups$/, "delete", "all backups of a group"],
  [/^DELETE \/admin\/datastore\/([^/]+)\/namespace$/, "delete", "a namespace"],
  [/^POST \/admin\/datastore\/([^/]+)\/prune(?:-datastore)?$/, "delete", "backups pruned"],
  [/^POST \/admin\/datastore\/([^/]+)\/gc$/, "delete", "garbage collected"],
  [/^PUT \/admin\/datastore\/([^/]+)\/(?:protected|change-owner)$/, "retention", "protection or owner changed"],
  [/^GET \/admin\/datastore\/([^/]+)\/download(?:-decoded)?$/, "read", "a file of a backup"],
  [/^DELETE \/config\/datastore\/([^/]+)$/, "delete", "a datastore"],
  [/^(?:POST|PUT|DELETE) \/config\/(prune(?:\/.*)?)$/, "retention", "a prune job changed"],
  [/^GET \/(backup)$/, "write", "a backup session"],
  [/^GET \/(reader)$/, "restore", "a restore session"],
];

export function proxmoxAct(call: string, product: string): HypervisorAct | null {
  for (const [pattern, operation, detail] of PROXMOX) {
    const object = pattern.exec(call)?.[1];
    if (object === undefined) continue;
    return { operation, detail, share: null, object, product, isStorage: true };
  }
  return null;
}
