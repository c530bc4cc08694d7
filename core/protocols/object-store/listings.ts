import { Listing } from "../directory-listing.ts";
import type { Connection, Moment, RecordSink } from "../protocol.ts";
import type { StoreCall } from "./row.ts";
import { elementsOf, keysOf } from "./s3.ts";

/** Parts of a list that are asked for where the part before ended. */
const GOES_ON = ["continuation-token", "marker", "start-after", "key-marker"];

/** Reports the keys that S3 lists under a prefix, over as many pages as they take. A list of "directories" only is none of its content. */
export function reportS3List(conn: Connection, out: RecordSink, { row, call, target }: StoreCall, to: Moment): void {
  const { operation, bucket, access_key: actor } = row;
  const { request, response } = call;
  if ((operation !== "ListObjects" && operation !== "ListObjectsV2") || request === null || response === null) return;
  if ((row.status_code ?? 0) >= 300 || target.query.has("delimiter")) return;
  const prefix = target.query.get("prefix") ?? "";
  const key = `s3 list ${bucket ?? ""} ${prefix}`;
  const goesOn = GOES_ON.some((name) => target.query.has(name));
  const before = conn.pair.get(key);
  const former = before instanceof Listing ? before : null;
  // A first page begins anew, whatever came of the list before.
  if (!goesOn) former?.release();
  const listing = goesOn && former !== null ? former : new Listing(!goesOn, request.head.from, conn.pair);
  const xml = response.text();
  for (const name of keysOf(xml, "Contents")) listing.add(name);
  if (!response.isWhole || xml === "") listing.lost();
  listing.to = to;
  const hasMore = elementsOf(xml).get("IsTruncated") === "true";
  conn.pair.delete(key);
  if (hasMore) conn.pair.set(key, listing);
  else listing.report(out, "s3", { share: bucket, object: prefix, actor }, true);
}
