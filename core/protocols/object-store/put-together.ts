import { readXml } from "../../bytes/xml.ts";
import type { CarriedFile, FileContent } from "../carried-file.ts";
import type { HttpMessage } from "../http-calls.ts";
import type { HttpTarget } from "../http-target.ts";
import { reportObjectVersion } from "../object-version.ts";
import type { Connection, Moment, RecordSink } from "../protocol.ts";
import type { Assembled, Part } from "./parts.ts";
import { PartedUpload } from "./parts.ts";
import type { StoreCall } from "./row.ts";

/** Elements that name a part, by what is around them. [AWS] CompleteMultipartUpload, [Azure] Put Block List */
const NAMES: ReadonlyMap<string, string> = new Map([
  ["PartNumber", "Part"],
  ["Latest", "BlockList"],
  ["Uncommitted", "BlockList"],
  ["Committed", "BlockList"],
]);

/** True if the body of a PUT is one part of an object. */
export function isPart({ query }: HttpTarget): boolean {
  return (query.has("uploadId") && query.has("partNumber")) || query.get("comp") === "block";
}

/**
 * Follows an upload in parts, over all connections of the two hosts, and reports what it puts together: multipart uploads of S3, block lists of Azure.
 * @param part What the request brought of it.
 */
export function followUpload(conn: Connection, out: RecordSink, store: StoreCall, part: Part | null, to: Moment): void {
  const { row, request, target } = store;
  const isGranted = row.status_code !== null && row.status_code < 300 && row.error_code === null;
  const key = `object upload ${row.upload_id ?? `${row.bucket ?? ""}/${row.key ?? ""}`}`;
  const before = conn.pair.get(key);
  const known = before instanceof PartedUpload ? before : null;
  const upload = (): PartedUpload => {
    const begun = known ?? new PartedUpload(request.head.from, row.upload_id !== null, conn.pair);
    conn.pair.set(key, begun);
    return begun;
  };
  const file = (): CarriedFile => conn.file({ source: "PARTS", isOrig: true, filename: row.key, key });
  if (!isGranted) {
    part?.giveUp();
    return;
  }
  switch (row.operation) {
    case "UploadPart":
      if (row.part_number !== null) upload().add(String(row.part_number), part, file());
      break;
    case "UploadPartCopy":
      if (row.part_number !== null) upload().add(String(row.part_number), null, file());
      break;
    case "PutBlock":
      upload().add(target.query.get("blockid") ?? "", row.source === null ? part : null, file());
      break;
    case "AbortMultipartUpload":
      known?.release();
      conn.pair.delete(key);
      break;
    case "CompleteMultipartUpload":
    case "PutBlockList":
      // Of what began before the capture nothing is known.
      if (known !== null) report(out, store, known, known.complete(orderOf(request), file()), to);
      known?.release();
      conn.pair.delete(key);
      break;
    default:
      part?.giveUp();
  }
}

function report(out: RecordSink, { row }: StoreCall, upload: PartedUpload, whole: Assembled, to: Moment): void {
  const { file, octets, lacks } = whole;
  if (octets === 0) return;
  const known = file.content() ?? { ...NOTHING, fuid: file.fuid, first: upload.from, last: to };
  const content: FileContent = { ...known, first: upload.from, octets: lacks === null ? known.octets : octets };
  const stored = {
    isWrite: true,
    share: row.bucket,
    object: row.key ?? "",
    actor: row.access_key,
    // Put together anew; but of what length is known only with all parts.
    isNew: lacks === null ? true : null,
    isAltered: lacks === "order",
    lacks,
  };
  reportObjectVersion(out, row.service ?? "s3", stored, { content: () => content });
}

/** The parts that an object is made of, in their order; null if the list is not whole. */
function orderOf(request: HttpMessage): string[] | null {
  if (!request.isWhole) return null;
  const order: string[] = [];
  readXml(request.text(), {
    close: ({ name, path }, text) => {
      const around = NAMES.get(name);
      if (around === undefined || path.at(-1) !== around) return;
      order.push(name === "PartNumber" ? String(Number(text.trim())) : text.trim());
    },
  });
  return order.length === 0 ? null : order;
}

const NOTHING = {
  size: null,
  octets: 0,
  ranges: [],
  end: 0,
  again: 0,
  isInterleaved: false,
  isMixed: false,
  digests: null,
  chunks: [],
  notHashed: null,
} as const;
