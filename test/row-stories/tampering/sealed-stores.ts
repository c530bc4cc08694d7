import type { RecordTables, Row } from "../../record-tables.ts";
import { BACKUP, REPOSITORY, STRANGER } from "../nights.ts";
import { day } from "../acts.ts";
import type { RowStory } from "../row-story.ts";
import { talk } from "../talk.ts";

/** A TLS session with the site's object store, as far as lengths and times tell of it. */
const session = (tables: RecordTables, clock: string, from: string, ja4: string, calls: Row): Promise<void> =>
  talk(tables, {
    clock,
    from,
    to: REPOSITORY,
    port: 9000,
    conn: { service: "ssl" },
    said: {
      ssl: { version: "TLSv13", server_name: "s3.backup.example", established: true, ja4 },
      sealed_store: { server_name: "s3.backup.example", service: "s3", name_from: "client", ...calls },
    },
  });

const CLIENT = "t13d1517h1_8daaf6152771_b0da82dd1658";

/** Nine nights of uploads; from the fourth on retention takes away what is old. */
async function nights(tables: RecordTables): Promise<void> {
  for (let night = 1; night <= 9; night++)
    await session(tables, `${day(night)} 22:00:00`, BACKUP, CLIENT, {
      exchanges: 300,
      uploads: 120,
      upload_octets: 900_000_000,
      downloads: 3,
      download_octets: 90_000,
      bare: night > 3 ? 130 : 2,
      series: night > 3 ? 120 : 2,
      series_seconds: 40,
    });
}

/** Stories of object stores inside TLS, where only lengths and times speak. */
export const SEALED_STORE_STORIES: readonly RowStory[] = [
  {
    name: "sealed-store",
    shows:
      "A workstation fetches from the site's object store inside TLS and then makes a long series of calls that bring nothing; the backup server meets the store with another client.",
    isAttack: true,
    async write(tables) {
      await nights(tables);
      await session(tables, `${day(9)} 11:00:00`, STRANGER, "t13d1010h1_5b57614c22b0_000000000001", {
        exchanges: 150,
        uploads: 0,
        downloads: 150,
        download_octets: 400_000_000,
        bare: 0,
        series: 0,
      });
      for (const minute of ["00", "04"])
        await session(tables, `${day(9)} 12:${minute}:00`, STRANGER, "t13d1010h1_5b57614c22b0_000000000001", {
          exchanges: 81,
          uploads: 0,
          downloads: 1,
          download_octets: 9000,
          bare: 80,
          series: 80,
          series_seconds: 12,
        });
      await session(tables, `${day(9)} 13:00:00`, BACKUP, "t13d1010h1_5b57614c22b0_000000000001", {
        exchanges: 4,
        uploads: 4,
        upload_octets: 60_000_000,
        downloads: 0,
        bare: 0,
        series: 0,
      });
    },
  },
  {
    name: "sealed-retention",
    shows: "The backup server fills its object store inside TLS, lets retention delete there, and reads a little back.",
    isAttack: false,
    write: nights,
  },
];
