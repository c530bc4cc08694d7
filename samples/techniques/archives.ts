/** Folder of the archives on the share "Backups". */
export const FOLDER = "Servers-Nightly";

/** Names of a chain: a full, increments and metadata. */
export function archiveNames(machine: string, increments: number): readonly string[] {
  const chain = Array.from(
    { length: increments },
    (_, i) => `${machine}D2026-02-${String(20 + i)}T220000_${(0xa10 + 37 * i).toString(16).toUpperCase()}.vib`,
  );
  return [`${machine}D2026-02-19T220000_9C41.vbk`, ...chain, `${FOLDER}_${machine}.vbm`];
}
