import { recordType } from "../../records/record-type.ts";
import type { Moment, RecordSink } from "../protocol.ts";
import type { SealedTurns } from "./sealed-turns.ts";

/** What a sealed session with an object store seems to have done: an inference, and a row of its own for that reason. */
export const SEALED_STORE_RECORD = recordType({
  name: "sealed_store",
  own: true,
  text: "A TLS session with what its name says is an object store: what lengths and times show of its calls; all of it is inferred",
  version: 1,
  layout: "connection",
  columns: {
    server_name: {
      kind: "string",
      text: "Name that the client asked for, or of the certificate",
      example: "s3.backup.demo",
    },
    service: {
      kind: "enum",
      text: "Service by that name: s3, azure_blob, gcs, b2 or swift",
      example: "s3",
    },
    name_from: { kind: "enum", text: "Where the name is from: client (its hello) or certificate", example: "client" },
    exchanges: { kind: "count", text: "Requests with answers; unset for HTTP/2, which mixes them", example: "7" },
    uploads: { kind: "count", text: "Those whose request carried content", example: "6" },
    upload_octets: {
      kind: "count",
      unit: "octets",
      text: "Octets of these requests, headers included",
      example: "39000",
    },
    downloads: { kind: "count", text: "Those whose answer carried content", example: "1" },
    download_octets: { kind: "count", unit: "octets", text: "Octets of these answers", example: "6400" },
    parts: {
      kind: "count",
      text: "Uploads of about the same length, from two on: parts of larger objects, or objects cut alike",
      example: "4",
    },
    part_octets: { kind: "count", unit: "octets", text: "Their length", example: "9500" },
    bare: {
      kind: "count",
      text: "Exchanges that brought nothing either way: deletions, or questions whether an object is there",
      example: "7",
    },
    series: { kind: "count", text: "Most of those in a row, without a pause of five seconds", example: "7" },
    series_seconds: { kind: "double", text: "How long that took", example: "0.4" },
  },
});

/** Services by their names; the last one takes names of stores of one's own. */
const SERVICES: readonly (readonly [service: string, pattern: RegExp])[] = [
  ["azure_blob", /\.blob\.core\.(?:windows\.net|usgovcloudapi\.net|chinacloudapi\.cn)$/i],
  ["gcs", /(?:^|\.)storage\.(?:googleapis|cloud\.google)\.com$/i],
  [
    "s3",
    /(?:^|\.)s3(?:[.-][\w.-]+)?\.amazonaws\.com(?:\.cn)?$|\.(?:wasabisys|digitaloceanspaces|r2\.cloudflarestorage|linodeobjects|cloud-object-storage\.appdomain|scw|idrivee2-\d+|your-objectstorage)\.(?:com|cloud|cloud\.com)$|(?:^|\.)s3\.[\w.-]*backblazeb2\.com$/i,
  ],
  ["b2", /\.backblazeb2\.com$/i],
  ["swift", /(?:^|[.-])swift[.-]/i],
  ["s3", /(?:^|[.-])(?:s3|minio|objects?|objectstore|objectstorage|radosgw|rgw)(?:[.-]|$)/i],
];

/** The service that a server's name speaks of; null if it speaks of none. */
export function storeOf(name: string): string | null {
  return SERVICES.find(([, pattern]) => pattern.test(name))?.[0] ?? null;
}

export interface SealedSession {
  readonly serverName: string | null;
  /** Names of the certificate, where it was in clear. */
  readonly certificateNames: readonly string[];
  readonly nextProtocol: string | null;
  readonly clientAlpn: readonly string[] | null;
  readonly turns: SealedTurns;
}

/** Reports what a session seems to have done, if its name is that of an object store. */
export function reportSealedStore(out: RecordSink, session: SealedSession, from: Moment, to: Moment): void {
  const asked = session.serverName === null ? null : storeOf(session.serverName);
  const named = asked === null ? session.certificateNames.find((name) => storeOf(name) !== null) : undefined;
  const service = asked ?? (named === undefined ? null : storeOf(named));
  if (service === null) return;
  const sums = session.turns.sums();
  // Which of both was agreed on is sealed in TLS 1.3: a client that offers HTTP/2 may speak it.
  const isMixed = session.nextProtocol === "h2" || (session.nextProtocol === null && session.clientAlpn?.[0] === "h2");
  const seconds =
    sums.seriesFrom === null || sums.seriesTo === null ? null : Number(sums.seriesTo.ts - sums.seriesFrom.ts) / 1e9;
  const shown = (count: number): number | null => (isMixed ? null : count);
  out.emit(
    SEALED_STORE_RECORD,
    {
      server_name: asked === null ? named! : session.serverName,
      service,
      name_from: asked === null ? "certificate" : "client",
      exchanges: shown(sums.exchanges),
      uploads: shown(sums.uploads),
      upload_octets: shown(sums.uploadOctets),
      downloads: shown(sums.downloads),
      download_octets: shown(sums.downloadOctets),
      parts: isMixed || sums.parts < 2 ? null : sums.parts,
      part_octets: isMixed || sums.parts < 2 ? null : sums.partOctets,
      bare: shown(sums.bare),
      series: shown(sums.series),
      series_seconds: isMixed ? null : seconds,
    },
    from,
    to,
  );
}
