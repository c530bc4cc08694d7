/**
 * How backup products show themselves on the wire: the one table that recognition reads. A line more here is a fingerprint more. Ports only
 * say whether a connection is where the product is expected; none recognises anything. "Vendor document" is said only of what was read in
 * the vendor's words; docs/protocols.md names the pages. What programs of others send is "unverified", however many agree.
 */
import type { Verification } from "./archive-names.ts";

export type RecognisedBy =
  | "first bytes"
  | "TLS certificate"
  | "SNI"
  | "ALPN"
  | "banner"
  | "user agent"
  | "path"
  | "header"
  | "protocol"
  | "behaviour";

export interface BackupFingerprint {
  readonly product: string;
  readonly component: string;
  /** What the originator and the responder are in it. */
  readonly origRole: string;
  readonly respRole: string;
  readonly by: RecognisedBy;
  /** The record and its column that is looked at; "originator" and "responder" are the first octets of that side, one character each. */
  readonly table: string;
  readonly column: string;
  /** What it has to look like; a group named `version` is the version. */
  readonly pattern: RegExp;
  /** Column of the same record that has the version. */
  readonly versionColumn?: string;
  readonly confidence: number;
  readonly verified: Verification;
}

type Roles = readonly [origRole: string, respRole: string];
type Place = readonly [by: RecognisedBy, table: string, column: string];

const CONSOLE: Roles = ["administrator or component", "backup server"];
const CLIENT: Roles = ["backup client", "backup server"];
const AGENT: Roles = ["backup server", "protected host"];
const STORAGE: Roles = ["backup server or client", "backup storage"];

const CERTIFICATE: Place = ["TLS certificate", "ssl", "subject"];
const ISSUER: Place = ["TLS certificate", "ssl", "issuer"];
const SNI: Place = ["SNI", "ssl", "server_name"];
const SERVER: Place = ["header", "http", "server"];
const PATH: Place = ["path", "http", "uri"];
const AGENT_HEADER: Place = ["user agent", "http", "user_agent"];
const CLIENT_BYTES: Place = ["first bytes", "originator", ""];
const BACULA_LINK: Place = ["protocol", "bacula", "link"];
const LINK: Place = ["protocol", "storage_link", "protocol"];
const LINK_SERVICE: Place = ["protocol", "storage_link", "service"];
const UPGRADE: Place = ["header", "http", "upgrade"];
const BEHAVIOUR: Place = ["behaviour", "ssh", "inferred_program"];
const SSH_CLIENT: Place = ["banner", "ssh", "client"];
const SERVER_BYTES: Place = ["first bytes", "responder", ""];

function line(
  [product, component]: readonly [string, string],
  [origRole, respRole]: Roles,
  [by, table, column]: Place,
  pattern: RegExp,
  confidence: number,
  verified: Verification,
  versionColumn?: string,
): BackupFingerprint {
  const fingerprint = { product, component, origRole, respRole, by, table, column, pattern, confidence, verified };
  return versionColumn === undefined ? fingerprint : { ...fingerprint, versionColumn };
}

/** ONC RPC call of version 2 to this program, over TCP. RFC 5531 9 */
const rpcCall = (programs: string): RegExp =>
  new RegExp(`^[\\x80-\\xff][^]{7}\\0\\0\\0\\0\\0\\0\\0\\x02(?:${programs})`);

export const BACKUP_FINGERPRINTS: readonly BackupFingerprint[] = [
  line(["Veeam", "server"], CONSOLE, CERTIFICATE, /Veeam Backup Server Certificate/i, 0.98, "unverified"),
  line(["Veeam", "server"], CONSOLE, CERTIFICATE, /\b(?:O|OU|CN)=Veeam\b/i, 0.85, "unverified"),
  line(["Veeam", "Enterprise Manager REST"], CONSOLE, PATH, /^\/api\/sessionMngr\//i, 0.9, "vendor document"),
  line(
    ["Veeam", "REST API"],
    CONSOLE,
    PATH,
    /^\/api\/v1\/(?:backupInfrastructure|backupObjects|serverInfo|malwareDetection)\b/,
    0.8,
    "unverified",
  ),
  line(
    ["Veeam", "object store client"],
    STORAGE,
    AGENT_HEADER,
    /\bVeeam\/1\.0 Backup\/(?<version>[\d.]+)/,
    0.95,
    "unverified",
  ),
  line(
    ["Veeam", "net.tcp service"],
    CONSOLE,
    CLIENT_BYTES,
    /^\0\x01\0\x01[\x01-\x04]\x02[^]net\.tcp:\/\/[^/]*\/[^\x03]*Veeam/i,
    0.95,
    "unverified",
  ),
  line(
    ["Veeam", ".NET Remoting service"],
    CONSOLE,
    CLIENT_BYTES,
    /^\.NET\x01\0[^]*tcp:\/\/[^/]*\/[^]*Veeam/i,
    0.9,
    "unverified",
  ),
  line(
    ["Veeam", "event messages"],
    ["backup server", "log collector"],
    ["banner", "syslog", "message"],
    /\bVeeam_MP\b/,
    0.95,
    "vendor document",
  ),
  line(
    ["NetBackup", "host"],
    ["NetBackup host", "NetBackup host"],
    ISSUER,
    /\bOU=root@[^,/]+,\s*O=vx\b|\bO=vx,\s*OU=root@/i,
    0.9,
    "unverified",
  ),
  line(
    ["NetBackup", "API"],
    CONSOLE,
    ["header", "http", "response_content_type"],
    /^application\/vnd\.netbackup\+json/i,
    0.95,
    "vendor document",
  ),
  line(
    ["NetBackup", "object store client"],
    STORAGE,
    AGENT_HEADER,
    /\bVeritas\/1\.0 NetBackup\/(?<version>[\d.]+)/i,
    0.9,
    "unverified",
  ),
  line(["NetBackup", "request daemon"], CLIENT, SERVER_BYTES, /^[^]{0,4}EXIT[ _]STATUS \d/, 0.9, "unverified"),
  line(["Backup Exec", "agent"], AGENT, ["protocol", "ndmp", "operation"], /^BACKUP_EXEC_/, 0.95, "unverified"),
  line(
    ["Commvault", "communications service"],
    CLIENT,
    SERVER_BYTES,
    /^\0\0\0\x09\0\0\0\x7c\0\0\0/,
    0.85,
    "unverified",
  ),
  line(
    ["Commvault", "web service"],
    CONSOLE,
    PATH,
    /^\/(?:SearchSvc\/CVWebService\.svc|commandcenter\/|adminconsole\/)/i,
    0.85,
    "unverified",
  ),
  line(["Commvault", "server"], CONSOLE, CERTIFICATE, /\b(?:O|OU)=Commvault\b/i, 0.8, "unverified"),
  line(
    ["IBM Storage Protect", "web client"],
    CONSOLE,
    SERVER,
    /^(?:TSM|ADSM)_HTTP\/(?<version>[\d.]+)/,
    0.95,
    "unverified",
  ),
  line(
    ["NetWorker", "services"],
    CLIENT,
    CLIENT_BYTES,
    rpcCall("\\0\\x05\\xf3[\\xe7-\\xe9\\xf1\\xf7]|\\0\\x05\\xf5\\x34"),
    0.9,
    "vendor document",
  ),
  line(["NetWorker", "REST API"], CONSOLE, PATH, /^\/nwrestapi\/v\d/, 0.95, "unverified"),
  line(
    ["Data Domain", "replication"],
    ["backup storage", "backup storage"],
    SERVER_BYTES,
    /^G11\x01[^]{2}\0\0\x02\x01/,
    0.9,
    "unverified",
  ),
  line(
    ["Data Domain", "system manager"],
    CONSOLE,
    ["TLS certificate", "ssl", "issuer"],
    /\bO=Valued Datadomain customer\b/i,
    0.9,
    "unverified",
  ),
  line(["Data Domain", "REST API"], CONSOLE, PATH, /^\/(?:api|rest)\/v\d[\d.]*\/dd-systems\b/, 0.95, "unverified"),
  line(["Rubrik", "cluster"], CONSOLE, CERTIFICATE, /\bO=Rubrik\b/i, 0.85, "unverified"),
  line(["Rubrik", "API"], CONSOLE, PATH, /^\/api\/(?:v1|internal)\/cluster\/me\b/, 0.85, "vendor document"),
  line(["Cohesity", "cluster"], CONSOLE, CERTIFICATE, /\bO=Cohesity\b/i, 0.85, "unverified"),
  line(["Cohesity", "API"], CONSOLE, PATH, /^\/irisservices\/api\/v\d/, 0.95, "vendor document"),
  line(["Acronis", "cloud or management server"], CLIENT, SNI, /(?:^|\.)acronis\.com$/i, 0.7, "unverified"),
  line(["Acronis", "management server"], CONSOLE, CERTIFICATE, /\bO=Acronis\b/i, 0.85, "unverified"),
  line(["Arcserve UDP", "web service"], CONSOLE, PATH, /^\/WebServiceImpl\/services\//, 0.95, "unverified"),
  line(["NAKIVO", "director"], CONSOLE, PATH, /^\/c\/router$/, 0.7, "unverified"),
  line(["NAKIVO", "director"], CONSOLE, CERTIFICATE, /\b(?:O|CN)=NAKIVO\b/i, 0.85, "unverified"),
  line(
    ["Synology", "backup service"],
    CLIENT,
    PATH,
    /^\/webapi\/[^?]*\?[^ ]*\bapi=SYNO\.(?:Backup|ActiveBackup)/,
    0.95,
    "unverified",
  ),
  line(["Synology", "storage"], CONSOLE, CERTIFICATE, /\bO=Synology Inc\b/i, 0.6, "unverified"),
  line(
    ["QNAP", "Real-time Remote Replication"],
    STORAGE,
    SERVER_BYTES,
    /^\xab\xca\xa5\x5d\0\0\0\x18\xc0\0\0\x01\xff{4}/,
    0.95,
    "unverified",
  ),
  line(["QNAP", "storage"], CONSOLE, CERTIFICATE, /\bO=QNAP Systems\b/i, 0.6, "unverified"),
  line(
    ["Kopia", "repository server"],
    CLIENT,
    PATH,
    /^\/kopia_repository\.KopiaRepository\/Session$/,
    0.98,
    "specification",
  ),
  line(["Kopia", "repository server"], CLIENT, CERTIFICATE, /\bO=Kopia\b/, 0.85, "unverified"),
  line(["Kopia", "client"], STORAGE, AGENT_HEADER, /^kopia\/(?<version>[\w.]+)/i, 0.85, "unverified"),
  line(["Duplicati", "web interface"], CONSOLE, SERVER, /^Tiny WebServer/, 0.7, "unverified"),
  line(["Proxmox Backup Server", "backup"], CLIENT, UPGRADE, /^proxmox-backup-protocol-v1/, 0.98, "vendor document"),
  line(
    ["Proxmox Backup Server", "restore"],
    ["restoring client", "backup server"],
    UPGRADE,
    /^proxmox-backup-reader-protocol-v1/,
    0.98,
    "vendor document",
  ),
  line(["Proxmox Backup Server", "API"], CLIENT, PATH, /^\/api2\/json\/(?:backup|reader)\?/, 0.9, "vendor document"),
  line(["Proxmox Backup Server", "API"], CLIENT, CERTIFICATE, /\bO=Proxmox Backup Server\b/i, 0.95, "unverified"),
  line(
    ["Bacula or Bareos", "director"],
    ["console", "director"],
    BACULA_LINK,
    /^console to director$/,
    0.95,
    "captured here",
    "responder_version",
  ),
  line(
    ["Bacula or Bareos", "storage daemon"],
    ["director", "storage daemon"],
    BACULA_LINK,
    /^director to storage$/,
    0.95,
    "captured here",
  ),
  line(
    ["Bacula or Bareos", "file daemon"],
    ["director", "file daemon"],
    BACULA_LINK,
    /^director to file$/,
    0.95,
    "captured here",
    "responder_version",
  ),
  line(
    ["Bacula or Bareos", "storage daemon"],
    ["file daemon", "storage daemon"],
    BACULA_LINK,
    /^file to storage$/,
    0.95,
    "captured here",
  ),
  line(
    ["Amanda", "client"],
    AGENT,
    LINK_SERVICE,
    /^(?:noop|selfcheck|sendsize|sendbackup|senddiscover)$/,
    0.98,
    "captured here",
    "version",
  ),
  line(
    ["Amanda", "server"],
    ["restoring client", "backup server"],
    LINK_SERVICE,
    /^(?:amindexd|amidxtaped)$/,
    0.98,
    "captured here",
    "version",
  ),
  line(
    ["Amanda", "index server"],
    ["recovering client", "backup server"],
    SERVER_BYTES,
    /^220 \S+ AMANDA index server \((?<version>[^)]+)\) ready/,
    0.98,
    "unverified",
  ),
  line(["UrBackup", "server"], CLIENT, LINK, /^urbackup$/, 0.95, "specification"),
  line(["UrBackup", "client"], AGENT, LINK, /^urbackup_(?:commands|files)$/, 0.95, "specification"),
  line(["BURP", "server"], CLIENT, LINK, /^burp$/, 0.98, "captured here", "version"),
  line(["BURP", "server"], CLIENT, CERTIFICATE, /\bCN=burpserver\b/, 0.9, "captured here"),
  line(["BURP", "server"], CLIENT, ISSUER, /\bCN=burpCA\b/, 0.9, "captured here"),
  line(
    ["rsync", "daemon"],
    ["rsync client", "rsync daemon"],
    ["protocol", "rsync", "server_version"],
    /^\d/,
    0.9,
    "captured here",
  ),
  // On a REST server and in a bucket alike.
  line(
    ["restic", "repository"],
    STORAGE,
    PATH,
    /\/(?:data(?:\/[0-9a-f]{2})?|keys|locks|snapshots|index)\/[0-9a-f]{64}$/,
    0.95,
    "captured here",
  ),
  line(
    ["restic", "REST server"],
    CLIENT,
    ["header", "http", "response_content_type"],
    /^application\/vnd\.x\.restic\.rest\.v\d/,
    0.97,
    "captured here",
  ),
  line(["restic", "REST server"], CLIENT, PATH, /\/\?create=true$/, 0.8, "captured here"),
  // Guesses from the sizes of sealed messages: docs/protocols.md has how often they were right.
  line(["Borg", "over SSH (inferred)"], CLIENT, BEHAVIOUR, /^borg$/, 0.7, "captured here"),
  line(["restic", "over SFTP (inferred)"], CLIENT, BEHAVIOUR, /^restic$/, 0.6, "captured here"),
  line(["rsync", "over SSH (inferred)"], ["rsync client", "rsync server"], BEHAVIOUR, /^rsync$/, 0.7, "captured here"),
  line(
    ["rclone", "over SFTP"],
    ["rclone", "storage"],
    SSH_CLIENT,
    /^SSH-2\.0-rclone\/v?(?<version>[\d.]+)/,
    0.9,
    "captured here",
  ),
  line(
    ["NDMP", "control connection"],
    ["backup software", "storage system or tape server"],
    ["protocol", "ndmp", "operation"],
    /^CONNECT_/,
    0.9,
    "captured here",
  ),
  line(
    ["NDMP", "control connection"],
    ["backup software", "storage system or tape server"],
    ["protocol", "ndmp", "product"],
    /./,
    0.92,
    "captured here",
    "revision",
  ),
  line(
    ["VMware", "virtual disk transport"],
    ["backup proxy or client", "ESXi host"],
    LINK,
    /^vmware_authd$/,
    0.9,
    "unverified",
    "version",
  ),
  line(
    ["Hyper-V Replica", "replica server"],
    ["primary host", "replica host"],
    PATH,
    /^\/HVRROOT\b/i,
    0.8,
    "unverified",
  ),
  line(
    ["Data Protector", "Inet"],
    CONSOLE,
    SERVER_BYTES,
    /HP Data Protector (?<version>[\w.]+): INET|HP OpenView OmniBack II/,
    0.95,
    "unverified",
  ),
  line(["Retrospect", "client"], AGENT, SERVER_BYTES, /^\0\xca\0\0\0\0\0\x04\0\0\0\0/, 0.85, "unverified"),
  line(
    ["CrashPlan", "server"],
    CLIENT,
    SERVER_BYTES,
    /^\x80c\0\0[^]{0,16}com\.code42\.messaging\./,
    0.95,
    "unverified",
  ),
  line(["Arkeia", "server"], CLIENT, SERVER_BYTES, /^\0\x60\0\x04\0\0\0\x18/, 0.8, "unverified"),
];

/** Ports that a product's responders listen on by default, each alone or as a range. */
export const USUAL_PORTS: Readonly<Record<string, readonly (number | readonly [first: number, last: number])[]>> = {
  Veeam: [[2500, 3300], [6160, 6173], 6180, [9392, 9405], 9419, 9420, 9443, 443, 10443, [10001, 10006]],
  NetBackup: [1556, 13720, 13724, 13782, 10082, 10102],
  "Backup Exec": [10000],
  Commvault: [[8400, 8403], 443],
  "IBM Storage Protect": [1500, 1580, 1581, 11090],
  NetWorker: [[7937, 9936], 9090],
  "Data Domain": [2049, 2051, 2052, 3009, 443],
  Rubrik: [12800, 12801, 443],
  Cohesity: [50051, 443],
  Acronis: [9877, 7780, 9876, 44445, 443],
  "Arcserve UDP": [8014, 8015],
  NAKIVO: [4443, 9446],
  Synology: [5000, 5001, 5510, 6281, 5566],
  QNAP: [8899, 8080, 443],
  Kopia: [51515],
  Duplicati: [8200],
  "Proxmox Backup Server": [8007],
  "Bacula or Bareos": [[9101, 9103]],
  Amanda: [10080, 10082, 10083],
  UrBackup: [
    [35621, 35623],
    [55413, 55415],
  ],
  "Hyper-V Replica": [80, 443],
  BURP: [4971],
  rsync: [873, 22],
  Borg: [22],
  rclone: [22],
  restic: [8000, 22],
  NDMP: [10000],
  VMware: [902],
  "Data Protector": [5555],
  Retrospect: [497],
};

/** Whether the product's responders listen there by default. */
export function isUsualPort(product: string, port: number): boolean {
  return (USUAL_PORTS[product] ?? []).some((entry) =>
    typeof entry === "number" ? entry === port : port >= entry[0] && port <= entry[1],
  );
}
