/** Settings of a bucket by their subresource: what the calls are named by. [AWS] S3 API reference */
const BUCKET_SETTINGS: Readonly<Record<string, string>> = {
  accelerate: "BucketAccelerateConfiguration",
  acl: "BucketAcl",
  analytics: "BucketAnalyticsConfiguration",
  cors: "BucketCors",
  encryption: "BucketEncryption",
  "intelligent-tiering": "BucketIntelligentTieringConfiguration",
  inventory: "BucketInventoryConfiguration",
  lifecycle: "BucketLifecycleConfiguration",
  location: "BucketLocation",
  logging: "BucketLogging",
  metrics: "BucketMetricsConfiguration",
  notification: "BucketNotificationConfiguration",
  "object-lock": "ObjectLockConfiguration",
  ownershipControls: "BucketOwnershipControls",
  policy: "BucketPolicy",
  policyStatus: "BucketPolicyStatus",
  publicAccessBlock: "PublicAccessBlock",
  replication: "BucketReplication",
  requestPayment: "BucketRequestPayment",
  tagging: "BucketTagging",
  versioning: "BucketVersioning",
  website: "BucketWebsite",
};

/** Subresources of an object that are read, written and deleted. */
const OBJECT_SETTINGS: Readonly<Record<string, string>> = {
  acl: "ObjectAcl",
  attributes: "ObjectAttributes",
  "legal-hold": "ObjectLegalHold",
  retention: "ObjectRetention",
  tagging: "ObjectTagging",
  torrent: "ObjectTorrent",
};

const VERBS: Readonly<Record<string, string>> = { GET: "Get", PUT: "Put", DELETE: "Delete", HEAD: "Head" };

export interface S3Question {
  readonly method: string;
  readonly hasBucket: boolean;
  readonly hasKey: boolean;
  readonly query: ReadonlyMap<string, string>;
  readonly isCopy: boolean;
}

/** The operation as the reference names it; null if the reference has no such call. */
export function s3Operation({ method, hasBucket, hasKey, query, isCopy }: S3Question): string | null {
  if (!hasBucket) return method === "GET" ? "ListBuckets" : null;
  const verb = VERBS[method];
  const settings = setting(hasKey ? OBJECT_SETTINGS : BUCKET_SETTINGS, query);
  if (settings !== null) {
    if (method === "DELETE" && settings === "BucketLifecycleConfiguration") return "DeleteBucketLifecycle";
    return verb === undefined ? null : verb + settings;
  }
  return hasKey ? objectOperation(method, query, isCopy) : bucketOperation(method, query);
}

function bucketOperation(method: string, query: ReadonlyMap<string, string>): string | null {
  switch (method) {
    case "GET":
      if (query.has("versions")) return "ListObjectVersions";
      if (query.has("uploads")) return "ListMultipartUploads";
      return query.get("list-type") === "2" ? "ListObjectsV2" : "ListObjects";
    case "POST":
      return query.has("delete") ? "DeleteObjects" : "PostObject";
    case "PUT":
      return "CreateBucket";
    case "DELETE":
      return "DeleteBucket";
    case "HEAD":
      return "HeadBucket";
    default:
      return null;
  }
}

function objectOperation(method: string, query: ReadonlyMap<string, string>, isCopy: boolean): string | null {
  const isUpload = query.has("uploadId");
  switch (method) {
    case "GET":
      return isUpload ? "ListParts" : "GetObject";
    case "HEAD":
      return "HeadObject";
    case "PUT":
      if (isUpload) return isCopy ? "UploadPartCopy" : "UploadPart";
      return isCopy ? "CopyObject" : "PutObject";
    case "DELETE":
      return isUpload ? "AbortMultipartUpload" : "DeleteObject";
    case "POST":
      if (isUpload) return "CompleteMultipartUpload";
      if (query.has("uploads")) return "CreateMultipartUpload";
      if (query.has("restore")) return "RestoreObject";
      return query.has("select") ? "SelectObjectContent" : "PostObject";
    default:
      return null;
  }
}

function setting(settings: Readonly<Record<string, string>>, query: ReadonlyMap<string, string>): string | null {
  for (const name of query.keys()) if (Object.hasOwn(settings, name)) return settings[name]!;
  return null;
}
