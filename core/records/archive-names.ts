/**
 * Suffixes of files that are backups whoever wrote them: Veeam images and metadata, logs and file-share backups, Backup Exec, Acronis,
 * StorageCraft, System Recovery, Macrium, Proxmox. Virtual disks and database dumps are left out: they are also ordinary files.
 */
export const ARCHIVE_SUFFIXES =
  "vbk|vib|vrb|vbm|vsb|vlb|vsm|vlm|vom|vpm|vab|vstore|vstorecopy|vindex|vslice|vblob|bco|bkf|tib|tibx|spf|spi|spx|v2i|iv2i|mrimg|mrbak|vma";

/** Regular expression (RE2, JavaScript without the flag) for a path whose last component is a backup archive. */
export const ARCHIVE_PATTERN = `(?i)\\.(${ARCHIVE_SUFFIXES})$`;
