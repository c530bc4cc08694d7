import { describe, expect, it } from "vitest";
import { ARCHIVE_KINDS, ARCHIVE_PATTERN, archiveKindOf, archiveKindOfContent } from "./archive-names.ts";

const HASH = "0123456789abcdef".repeat(4);

describe("kinds of archives", () => {
  it.each([
    ["\\\\REPO01\\Backup\\Daily\\FS01.VBK", "Veeam full backup"],
    ["/srv/backups/.daily.veeam.2.lock", "Veeam retention record"],
    [`backup/data/01/${HASH}`, "restic repository object"],
    [`/repo/snapshots/${HASH}`, "restic repository object"],
    ["borg/data/0/17", "Borg repository segment"],
    ["borg/index.17", "Borg repository index"],
    ["datastore/vm/100/2024-03-01T02:00:00Z/drive-scsi0.img.fidx", "Proxmox Backup Server index"],
    ["kopia.repository.f", "Kopia repository object"],
    ["C:/vm/disk.vmdk", "VMware virtual disk"],
  ])("%s is a %s", (path, kind) => {
    expect(archiveKindOf(path)?.kind).toBe(kind);
  });

  it.each(["notes.txt", "data/readme", "vbk", "a.vbk/b", "", `data/${HASH.slice(1)}`, "src/index.ts", "p12.pem"])(
    "%j is none",
    (path) => {
      expect(archiveKindOf(path)).toBeNull();
    },
  );

  it("are told by their first octets", () => {
    expect(archiveKindOfContent("TAPE\0\0\0\0")?.kind).toBe("Microsoft Tape Format archive");
    expect(archiveKindOfContent(`${"\x01".repeat(12)}BB02`)?.kind).toBe("Bacula volume");
    expect(archiveKindOfContent("PK\x03\x04")).toBeNull();
  });

  it("have one line for each suffix, and what is also an ordinary file is no archive of itself", () => {
    const suffixes = ARCHIVE_KINDS.flatMap((entry) => entry.suffixes ?? []);
    expect(new Set(suffixes).size).toBe(suffixes.length);
    expect(ARCHIVE_PATTERN).toContain("vbk");
    expect(ARCHIVE_PATTERN).not.toContain("vmdk");
  });
});
