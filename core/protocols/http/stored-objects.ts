import type { CarriedFile } from "../carried-file.ts";
import { accountOf } from "../account.ts";
import { readTarget } from "../http-target.ts";
import { hasContentQuery } from "../object-store/content-queries.ts";
import { isAwsChunked } from "../object-store/aws-chunked.ts";
import { reportObjectVersion } from "../object-version.ts";
import type { Connection, RecordSink } from "../protocol.ts";
import type { BodyFile } from "./body.ts";
import type { Transaction } from "./transaction.ts";

/** Stores by POST to a name that is the SHA-256 of the body. */
const RESTIC = "restic";
const STORES = "object-store";
const NO_HEAD = { headers: new Map<string, string>() };

/** What pages and their scripts are made of: nobody's backup, and most of what the web carries. */
const OF_PAGES = /^(?:text\/(?:html|css|javascript)|application\/(?:x-)?javascript|image\/|font\/|video\/|audio\/)/i;

/** Queries of which the body is no whole object: parts of an upload, and what is said of an object. */
const OF_PARTS =
  /[?&](?:partNumber|uploadId|comp|blockid|uploads|acl|tagging|retention|legal-hold|versions|list-type|prefix|delete)(?:[=&]|$)/i;

/**
 * Reports what a request stored or a response brought, if that is an object: the body of a PUT that was accepted, or of a GET that
 * is no part of a page. Ranges are told once they make up the whole.
 */
export function reportHttpObjects(conn: Connection, out: RecordSink, transaction: Transaction): void {
  const { row, api } = transaction;
  const { method, status_code: status, uri } = row;
  if (uri === null || status === null || status < 200 || status >= 300 || OF_PARTS.test(uri)) return;
  const object = pathOf(uri);
  if (object.endsWith("/")) return;
  const isWrite = method === "PUT" || (method === "POST" && api.stream?.api.name === RESTIC);
  if (!isWrite && (method !== "GET" || OF_PAGES.test(row.response_content_type ?? ""))) return;
  // Lists and settings of an object store are no objects.
  if (!isWrite && uri.includes("?") && api.stream?.api.name === STORES && !hasContentQuery(readTarget(uri).query))
    return;
  const { headers } = (isWrite ? api.request : api.response).head ?? NO_HEAD;
  // Chunks with signatures between them are not the object's octets; who knows them tells of it.
  if (isWrite && isAwsChunked(headers)) return;
  const body = isWrite ? transaction.sent : transaction.got;
  const file = single(body.files);
  if (file === null) return;
  const content = file.content();
  if (status === 206 && (content === null || content.octets !== content.size)) return;
  const stored = {
    isWrite,
    share: row.host,
    object,
    actor: accountOf(conn.identity) ?? row.auth_user ?? row.username ?? accessKeyOf(api.request.head?.headers),
    isNew: isWrite ? true : null,
    // Chunks and compression tell no length before their end.
    size: body.isComplete && status !== 206 ? body.octets : null,
    isAltered: isWrite && headers.has("content-encoding"),
  };
  reportObjectVersion(out, transaction.api.stream?.api.name ?? "http", stored, file);
}

/** Who signed a request to an object store. */
function accessKeyOf(headers: ReadonlyMap<string, string> | undefined): string | null {
  return /^AWS4-HMAC-SHA256 Credential=([^/,\s]+)\//.exec(headers?.get("authorization") ?? "")?.[1] ?? null;
}

function single(files: readonly BodyFile[]): CarriedFile | null {
  return files.length === 1 ? files[0]!.file : null;
}

/** Path of a target, without scheme, host and query. */
function pathOf(uri: string): string {
  return uri.replace(/^[a-z]+:\/\/[^/?#]*/i, "").replace(/[?#].*/s, "");
}
