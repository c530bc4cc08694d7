import { HttpCalls } from "../http-calls.ts";
import type { Protocol } from "../protocol.ts";
import { ObjectStoreCalls } from "./calls.ts";
import { OBJECT_STORES } from "./recognise.ts";
import { OBJECT_STORE_RECORD } from "./records.ts";

/** Object stores over HTTP: S3, Azure Blob, Google Cloud Storage, Swift, B2. `conn.service` names the interface. */
export const objectStore: Protocol = {
  name: "object_store",
  specs: [
    "Amazon S3 API reference",
    "Azure Blob service REST API",
    "Google Cloud Storage JSON and XML API",
    "OpenStack Object Storage API v1",
    "Backblaze B2 Native API",
  ],
  over: ["http"],
  ports: [],
  probe: (_, hint) => (hint.pipe === OBJECT_STORES.name ? "yes" : "no"),
  open: (conn, out) => new HttpCalls(conn, new ObjectStoreCalls(conn, out)),
  records: [OBJECT_STORE_RECORD],
  weirds: [],
};
