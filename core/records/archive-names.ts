/**
 * Kinds of backup archives, by name and by first octets: the one table that protocols, estate and detections read. A line more here is a kind
 * more everywhere.
 */

/** How a line of the table is known to be true. */
export type Verification = "captured here" | "specification" | "vendor document" | "unverified";

export interface ArchiveKind {
  /** What it is, in a few words. */
  readonly kind: string;
  /** Product that writes it; null if several do. */
  readonly product: string | null;
  /** Suffixes of the last component of its path, lower case, without the point. */
  readonly suffixes?: readonly string[];
  /** Pattern of its whole path with "/" between components, for repositories whose files have no suffix. */
  readonly path?: RegExp;
  /** Its first octets, one character each. */
  readonly magic?: RegExp;
  /** False if such files are just as often no backups (virtual disks, database dumps). */
  readonly isOnlyBackup: boolean;
  readonly verified: Verification;
}

const HEX64 = "[0-9a-f]{64}";

export const ARCHIVE_KINDS: readonly ArchiveKind[] = [
  kind("Veeam full backup", "Veeam", ["vbk"], "vendor document"),
  kind("Veeam increment", "Veeam", ["vib"], "vendor document"),
  kind("Veeam reverse increment", "Veeam", ["vrb"], "vendor document"),
  kind("Veeam chain metadata", "Veeam", ["vbm"], "vendor document"),
  kind("Veeam transaction logs", "Veeam", ["vsb", "vlb", "vsm", "vlm", "vom", "vpm"], "vendor document"),
  kind("Veeam plug-in backup", "Veeam", ["vab"], "vendor document"),
  kind("Veeam file-share backup", "Veeam", ["vstore", "vstorecopy", "vindex", "vslice", "vblob"], "vendor document"),
  kind("Veeam configuration backup", "Veeam", ["bco"], "vendor document"),
  {
    kind: "Veeam retention record",
    product: "Veeam",
    path: /\.veeam\.\d+\.lock$/i,
    isOnlyBackup: true,
    verified: "vendor document",
  },
  { ...kind("Microsoft Tape Format archive", "Backup Exec", ["bkf"], "specification"), magic: /^TAPE[^]{2}/ },
  { ...kind("Acronis archive", "Acronis", ["tib"], "unverified"), magic: /^\xce\x24\xb9\xa2/ },
  { ...kind("Acronis archive", "Acronis", ["tibx"], "unverified"), magic: /^ARCH/ },
  kind("StorageCraft image", "StorageCraft", ["spf", "spi", "spx"], "unverified"),
  kind("System Recovery image", "Veritas System Recovery", ["v2i", "iv2i"], "unverified"),
  kind("Macrium image", "Macrium", ["mrimg", "mrbak"], "unverified"),
  { ...kind("Proxmox VMA archive", "Proxmox VE", ["vma"], "specification"), magic: /^VMA\0/ },
  kind("Proxmox Backup Server index", "Proxmox Backup Server", ["fidx", "didx"], "vendor document"),
  {
    kind: "Proxmox Backup Server manifest",
    product: "Proxmox Backup Server",
    path: /(?:^|\/)index\.json\.blob$/i,
    isOnlyBackup: true,
    verified: "vendor document",
  },
  {
    kind: "restic repository object",
    product: "restic",
    path: new RegExp(`(?:^|/)(?:data/(?:[0-9a-f]{2}/)?|index/|snapshots/|keys/|locks/)${HEX64}$`, "i"),
    isOnlyBackup: true,
    verified: "specification",
  },
  {
    kind: "Borg repository segment",
    product: "Borg",
    path: /(?:^|\/)data\/\d+\/\d+$/,
    magic: /^BORG_SEG/,
    isOnlyBackup: true,
    verified: "specification",
  },
  {
    kind: "Borg repository index",
    product: "Borg",
    path: /(?:^|\/)(?:hints|index|integrity)\.\d+$/,
    isOnlyBackup: true,
    verified: "specification",
  },
  {
    kind: "Kopia repository object",
    product: "Kopia",
    path: /(?:^|\/)(?:kopia\.(?:repository|blobcfg|maintenance)(?:\.f)?|(?:[pqx]n?\d*_|_log_)[0-9a-f]{8}[^/]*)$/,
    isOnlyBackup: true,
    verified: "unverified",
  },
  { kind: "Bacula volume", product: "Bacula", magic: /^[^]{12}BB02/, isOnlyBackup: true, verified: "specification" },
  kind("Bacula bootstrap", "Bacula", ["bsr"], "vendor document"),
  { ...kind("dar archive", "dar", ["dar"], "specification"), magic: /^\0\0\0\x7b/ },
  { ...disk("VMware virtual disk", "vmdk"), magic: /^(?:KDMV|# Disk DescriptorFile)/ },
  { ...disk("Hyper-V virtual disk", "vhdx", "avhdx"), magic: /^vhdxfile/ },
  { ...disk("virtual hard disk", "vhd", "avhd"), magic: /^(?:conectix|cxsparse)/ },
  { ...disk("QEMU virtual disk", "qcow2"), magic: /^QFI\xfb/ },
  disk("database dump", "bak", "trn", "dmp", "rman"),
];

function kind(name: string, product: string, suffixes: readonly string[], verified: Verification): ArchiveKind {
  return { kind: name, product, suffixes, isOnlyBackup: true, verified };
}

function disk(name: string, ...suffixes: readonly string[]): ArchiveKind {
  return { kind: name, product: null, suffixes, isOnlyBackup: false, verified: "unverified" };
}

const BY_SUFFIX = new Map(
  ARCHIVE_KINDS.flatMap((entry) => (entry.suffixes ?? []).map((suffix) => [suffix, entry] as const)),
);
const BY_PATH = ARCHIVE_KINDS.filter(({ path }) => path !== undefined);
/** Fits whatever any of them fits, and more: most paths are turned away with one look. */
const ANY_PATH = new RegExp(BY_PATH.map(({ path }) => path!.source).join("|"), "i");
const BY_MAGIC = ARCHIVE_KINDS.filter(({ magic }) => magic !== undefined);

/** Longest path that is looked at: its end. */
const MOST_PATH = 1024;

/** The kind that a path names, whatever separators it has; null if it names none. */
export function archiveKindOf(path: string): ArchiveKind | null {
  const end = path.slice(-MOST_PATH).replaceAll("\\", "/");
  const name = end.slice(end.lastIndexOf("/") + 1);
  const point = name.lastIndexOf(".");
  const known = point < 0 ? undefined : BY_SUFFIX.get(name.slice(point + 1).toLowerCase());
  if (known !== undefined) return known;
  return ANY_PATH.test(end) ? (BY_PATH.find((entry) => entry.path!.test(end)) ?? null) : null;
}

/** The kind that the first octets show; null if they show none. @param head One character an octet, 64 are enough. */
export function archiveKindOfContent(head: string): ArchiveKind | null {
  return BY_MAGIC.find((entry) => entry.magic!.test(head)) ?? null;
}

/** Suffixes of files that are backups whoever wrote them. */
export const ARCHIVE_SUFFIXES = ARCHIVE_KINDS.filter(({ isOnlyBackup }) => isOnlyBackup)
  .flatMap(({ suffixes = [] }) => suffixes)
  .join("|");

/** Regular expression (RE2, JavaScript without the flag) for a path whose last component is a backup archive. */
export const ARCHIVE_PATTERN = `(?i)\\.(${ARCHIVE_SUFFIXES})$`;

/** Kinds whose files are just as often no backups. */
export const GENERAL_KINDS = ARCHIVE_KINDS.filter(({ isOnlyBackup }) => !isOnlyBackup).map((entry) => entry.kind);
