/** Queries under which the body is the object's content all the same. */
const CONTENT_QUERIES =
  /^(?:x-(?:amz|goog|id)|uploadid$|partnumber$|versionid$|response-|awsaccesskeyid$|signature$|expires$|s[a-z]{1,3}$|blockid$|uploadtype$|name$|upload_id$|alt$)/i;

export function hasContentQuery(query: ReadonlyMap<string, string>): boolean {
  for (const name of query.keys()) if (!CONTENT_QUERIES.test(name)) return false;
  return true;
}
