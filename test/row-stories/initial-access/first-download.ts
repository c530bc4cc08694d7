import type { RecordTables } from "../../record-tables.ts";
import type { RowStory } from "../row-story.ts";
import { call } from "../rpc-rows.ts";
import { talk, tls } from "../talk.ts";

const DESK = "10.0.0.7";
const OTHER = "10.0.0.8";
const FILES = "10.0.0.20";

function fetched(
  tables: RecordTables,
  clock: string,
  from: string,
  to: string,
  name: string,
  octets: number,
): Promise<void> {
  return tls(tables, clock, from, to, name, 900, octets, { resp_sealed_octets: octets });
}

/** A morning of news from places that are known, by name or by address, and of what is too early. */
async function news(tables: RecordTables): Promise<void> {
  await fetched(tables, "2024-03-01 09:00:00", OTHER, "198.51.100.1", "news.example", 900_000);
  await fetched(tables, "2024-03-03 03:00:00", DESK, "198.51.100.3", "early.example", 700_000);
  await fetched(tables, "2024-03-03 08:00:00", DESK, "198.51.100.1", "news.example", 900_000);
  await fetched(tables, "2024-03-03 08:10:00", DESK, "198.51.100.2", "news.example", 800_000);
  await fetched(tables, "2024-03-03 08:25:00", OTHER, "198.51.100.5", "other.example", 900_000);
}

async function service(tables: RecordTables): Promise<void> {
  await talk(tables, { clock: "2024-03-03 09:00:00", from: DESK, to: FILES, port: 445 });
  await call(tables, "2024-03-03 09:00:00", DESK, FILES, "svcctl", 12, "CreateServiceW", {
    target_name: "update",
    command: "C:\\Windows\\update.exe",
  });
}

export const FIRST_DOWNLOAD: readonly RowStory[] = [
  {
    name: "download-then-service",
    shows:
      "A workstation fetches two things from hosts that nobody had reached before, and half an hour later makes a service on a server.",
    isAttack: true,
    write: async (tables) => {
      await news(tables);
      await fetched(tables, "2024-03-03 08:20:00", DESK, "198.51.100.4", "small.example", 9000);
      await fetched(tables, "2024-03-03 08:30:00", DESK, "203.0.113.45", "invoices.example", 480_000);
      await service(tables);
    },
  },
  {
    name: "news-and-service",
    shows: "A workstation reads what others have read before, and later makes a service on a server.",
    isAttack: true,
    write: async (tables) => {
      await news(tables);
      await service(tables);
    },
  },
];
