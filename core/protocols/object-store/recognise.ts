import { resticDigest } from "../content-check.ts";
import type { HttpApi, HttpHead } from "../http-message.ts";
import { readTarget } from "../http-target.ts";
import type { Service } from "./row.ts";

/** Octets of a body that is not the object itself: settings, lists of keys, errors. */
export const CONTROL_OCTETS = 1 << 20;
/** Octets of an object that show its kind. */
export const HEAD_OCTETS = 64;

const SIGNED_V4 = /^AWS4-(?:HMAC|ECDSA-P256)-SHA256 .*Credential=[^,]*\/s3(?:express)?\/aws4_request/i;
const SIGNED_V2 = /^AWS [^:\s]+:\S+$/;
const PRESIGNED = /[?&]X-Amz-Credential=[^&]*(?:%2F|\/)s3(?:%2F|\/)aws4_request/i;
const PRESIGNED_V2 = /[?&]AWSAccessKeyId=[^&]+/;
const GOOGLE_PATH = /^\/(?:(?:resumable\/)?upload\/|download\/)?(?:storage\/v1\/b(?:\/|\?|$)|batch\/storage\/v1)/;
const GOOGLE_SIGNED = /^GOOG(?:1|4-\S+) /i;
const GOOGLE_PRESIGNED = /[?&]X-Goog-Credential=/i;
const SWIFT_PATH = /^\/(?:swift\/)?v1(?:\/AUTH_[^/?]+|(?=\/[^/?]))/;
const SWIFT_LOGIN = /^\/auth\/v1(?:\.0)?\/?$/;
const B2_PATH = /^\/b2api\/v\d+\/b2_\w+/;

/** The interface that a call speaks; null if it is none of an object store. */
export function serviceOf(request: HttpHead | null, response: HttpHead | null): Service | null {
  if (request === null || request.target === null) return ofAnswer(response);
  const { headers, target } = request;
  const authorization = headers.get("authorization") ?? "";
  const hasQuery = target.includes("?") || target.includes("&");
  if (headers.has("x-ms-version") && (authorization !== "" || /[?&]sig=/.test(target) || headers.has("x-ms-date")))
    return "azure_blob";
  if (hasQuery && /[?&]sv=20\d\d-\d\d-\d\d(?:&|$)/.test(target) && /[?&]sig=/.test(target)) return "azure_blob";
  if (GOOGLE_PATH.test(target) || GOOGLE_SIGNED.test(authorization)) return "gcs";
  if (hasQuery && GOOGLE_PRESIGNED.test(target)) return "gcs";
  if (B2_PATH.test(target) || headers.has("x-bz-file-name")) return "b2";
  if (SIGNED_V4.test(authorization) || SIGNED_V2.test(authorization)) return "s3";
  if (hasQuery && (PRESIGNED.test(target) || (PRESIGNED_V2.test(target) && /[?&]Signature=/.test(target)))) return "s3";
  if (headers.has("x-auth-token") && SWIFT_PATH.test(target)) return "swift";
  if (headers.has("x-auth-user") && SWIFT_LOGIN.test(target)) return "swift";
  return ofAnswer(response);
}

/** What nobody signed shows only in the answer. */
function ofAnswer(response: HttpHead | null): Service | null {
  if (response === null) return null;
  const { headers } = response;
  if (headers.has("x-amz-request-id") && (headers.has("x-amz-id-2") || /xml|octet/.test(response.contentType ?? "")))
    return "s3";
  if (headers.has("x-ms-request-id") && (headers.has("x-ms-blob-type") || headers.has("x-ms-lease-status")))
    return "azure_blob";
  if (headers.has("x-goog-generation") || headers.has("x-guploader-uploadid")) return "gcs";
  if (headers.has("x-bz-file-name")) return "b2";
  return null;
}

/** Digests by name are worth every octet; of other objects the first ones show the kind. */
function wantsOf(head: HttpHead): number {
  if (head.target === null) return CONTROL_OCTETS;
  return resticDigest(readTarget(head.target).path) === null ? CONTROL_OCTETS : Infinity;
}

/** Calls to object stores: by how they are signed and what they ask for, never by host or port. */
export const OBJECT_STORES: HttpApi = {
  name: "object-store",
  matches: (request, response) => serviceOf(request, response) !== null,
  wants: wantsOf,
};
