import { recordType } from "../../records/record-type.ts";

const SESSION_COLUMNS = {
  user: {
    kind: "string",
    own: true,
    text: "Account of the SMB session, as DOMAIN\\user; unset if its authentication was not seen",
    example: "CORP\\backupadmin",
  },
  status: {
    kind: "string",
    own: true,
    text: "NTSTATUS of the response, by name, or in hexadecimal if it has none here; unset if no response was seen",
    example: "STATUS_ACCESS_DENIED",
    source: "MS-ERREF 2.3.1",
  },
  outcome: {
    kind: "enum",
    own: true,
    text: "confirmed: the server agreed; refused: it returned an error; unanswered: no response was seen",
    example: "confirmed",
  },
  dialect: {
    kind: "string",
    own: true,
    text: "SMB dialect spoken; unset if its negotiation was not seen",
    example: "3.1.1",
  },
  session_id: { kind: "string", own: true, text: "Session id (SMB1: UID), hexadecimal", example: "0x0000400000000009" },
  tree_id: { kind: "string", own: true, text: "Tree id of the share, hexadecimal", example: "0x00000005" },
  encrypted: { kind: "bool", own: true, text: "True if the session or share asks for SMB3 encryption" },
} as const;

const FILE_COLUMNS = {
  bytes_read: {
    kind: "count",
    own: true,
    unit: "octets",
    text: "Octets of the file that the client got through this handle so far",
  },
  bytes_written: {
    kind: "count",
    own: true,
    unit: "octets",
    text: "Octets of the file that the client sent through this handle so far",
  },
  disposition: {
    kind: "enum",
    own: true,
    text: "What the open asked for if the file exists or not",
    example: "OPEN_IF",
    source: "MS-SMB2 2.2.13",
  },
  create_action: {
    kind: "enum",
    own: true,
    text: "What the open did: OPENED, CREATED, OVERWRITTEN or SUPERSEDED",
    source: "MS-SMB2 2.2.14",
  },
  desired_access: {
    kind: "set[string]",
    own: true,
    text: "Access rights that the open asked for",
    example: "WRITE_DATA,DELETE",
    source: "MS-SMB2 2.2.13.1",
  },
  delete_on_close: {
    kind: "bool",
    own: true,
    text: "True if the open asked to delete the file when the handle is closed",
  },
  is_dir: { kind: "bool", own: true, text: "True for a directory; unset if that was not seen" },
  snapshot: {
    kind: "time",
    own: true,
    text: "When the previous version (shadow copy) that was opened was made; unset for the file as it is",
    source: "MS-SMB2 2.2.13.2.7",
  },
} as const;

/** Zeek's smb_files.log. Rows are written when the response is seen (or can no longer come). */
export const smbFiles = recordType({
  name: "smb_files",
  text: "An action on a file of an SMB share: opened, renamed, deleted",
  version: 1,
  layout: "connection",
  columns: {
    fuid: {
      kind: "string",
      text: "Id of the carried file in `files`; unset where its content was not read",
      example: "F3Kz2QmYw8sT",
    },
    action: {
      kind: "enum",
      text: "What was asked: SMB::FILE_OPEN, SMB::FILE_RENAME, SMB::FILE_DELETE, SMB::PRINT_OPEN, SMB::PRINT_CLOSE",
      example: "SMB::FILE_DELETE",
      source: "Zeek base/protocols/smb/main.zeek",
    },
    path: {
      kind: "string",
      text: "Share that the file is on, as far as this connection alone tells (SMB1: from the first read or write on)",
      example: "\\\\BACKUP01\\repo$",
    },
    name: {
      kind: "string",
      text: "Name within the share; <share_root> for the share itself",
      example: "jobs\\daily.vbk",
    },
    size: { kind: "count", unit: "octets", text: "Size of the file when it was opened" },
    prev_name: { kind: "string", text: "Name before a rename through the same handle" },
    "times.modified": { kind: "time", text: "Last write to the file before the open" },
    "times.accessed": { kind: "time", text: "Last access to the file before the open" },
    "times.created": { kind: "time", text: "When the file was created" },
    "times.changed": { kind: "time", text: "Last change of the file's attributes before the open" },
    share: {
      kind: "string",
      own: true,
      text: "Share that the file is on, as known from any connection of the session",
      example: "\\\\BACKUP01\\repo$",
    },
    ...SESSION_COLUMNS,
    ...FILE_COLUMNS,
  },
});

/** Zeek's smb_mapping.log, and the refused tree connects besides. */
export const smbMapping = recordType({
  name: "smb_mapping",
  text: "A share that a client connected to",
  version: 1,
  layout: "connection",
  columns: {
    path: { kind: "string", text: "Share as the client named it", example: "\\\\BACKUP01\\ADMIN$" },
    service: { kind: "string", text: "SMB1: kind of service as text", example: "IPC" },
    native_file_system: { kind: "string", text: "SMB1: file system of the share", example: "NTFS" },
    share_type: { kind: "string", text: "DISK, PIPE or PRINT; unset for a refused connect", example: "DISK" },
    ...SESSION_COLUMNS,
    share: { kind: "string", own: true, text: "Last part of the path, in capitals", example: "ADMIN$" },
  },
});

/** One finished authentication. */
export const smbSessions = recordType({
  name: "smb_sessions",
  own: true,
  text: "An SMB session setup: who logged on, how, and whether the server let them",
  version: 1,
  layout: "connection",
  columns: {
    ...SESSION_COLUMNS,
    username: { kind: "string", own: true, text: "Account name", example: "backupadmin" },
    domain: { kind: "string", own: true, text: "Domain or realm of the account", example: "CORP" },
    workstation: { kind: "string", own: true, text: "Name the client gave for itself", example: "WS-042" },
    mechanism: { kind: "enum", own: true, text: "ntlm, kerberos or plain", example: "kerberos" },
    user_from_ticket: {
      kind: "bool",
      own: true,
      text: "True if a Kerberos ticket names the user that was opened with a given key; else unset",
      example: "T",
    },
    is_guest: { kind: "bool", own: true, text: "True if the server made it a guest session" },
    is_anonymous: { kind: "bool", own: true, text: "True if the server made it a null session" },
    is_binding: {
      kind: "bool",
      own: true,
      text: "True if a further connection joined an existing session (multichannel)",
    },
    signing: {
      kind: "enum",
      own: true,
      text: "required, enabled or off, the stricter wish of both sides",
      example: "required",
    },
    signed: { kind: "bool", own: true, text: "True if the server signed its last answer of the setup" },
    signing_algorithm: {
      kind: "string",
      own: true,
      text: "Signing algorithm agreed on, or the dialect's",
      example: "AES-GMAC",
      source: "MS-SMB2 2.2.3.1.7",
    },
    compression: {
      kind: "set[string]",
      own: true,
      text: "Compression algorithms agreed on",
      example: "LZ77+Huffman,LZ77",
      source: "MS-SMB2 2.2.3.1.3",
    },
    cipher: {
      kind: "string",
      own: true,
      text: "Encryption algorithm agreed on",
      example: "AES-128-GCM",
      source: "MS-SMB2 2.2.3.1.2",
    },
    native_os: {
      kind: "string",
      own: true,
      text: "SMB1: operating system as the client names it",
      example: "Windows 2000 2195",
    },
    native_lan_manager: {
      kind: "string",
      own: true,
      text: "SMB1: SMB implementation as the client names it",
      example: "Windows 2000 5.0",
    },
    server_os: {
      kind: "string",
      own: true,
      text: "SMB1: operating system as the server names it",
      example: "Windows Server 2003 3790 Service Pack 2",
    },
    client_guid: {
      kind: "string",
      own: true,
      text: "SMB2: id that the client machine gave for itself",
      source: "MS-SMB2 2.2.3",
    },
    server_guid: {
      kind: "string",
      own: true,
      text: "SMB2: id that the server gave for itself",
      source: "MS-SMB2 2.2.4",
    },
  },
});

/** Every file operation, whatever its outcome; `smb_files` is Zeek's selection of them. */
export const smbOperations = recordType({
  name: "smb_operations",
  own: true,
  text: "An operation on a file, directory or pipe over SMB, with what was asked and what the server answered",
  version: 2,
  layout: "connection",
  columns: {
    action: {
      kind: "enum",
      own: true,
      text:
        "open, delete, rename, link, truncate (new end of file), allocate, zero (range emptied), set_attributes, set_security, " +
        "copy (server side: copy chunk, offload, block clone), list (directory query), lock and watch (the first of a handle), " +
        "snapshots (previous versions listed), control (other FSCTL), transfer (totals of a handle, when it ends), " +
        "sealed (totals of encrypted messages of a session, when the connection ends)",
      example: "rename",
    },
    path: {
      kind: "string",
      own: true,
      text: "Share; unset if its tree connect was not seen",
      example: "\\\\BACKUP01\\repo$",
    },
    name: {
      kind: "string",
      own: true,
      text: "Name within the share; unset if the open was not seen",
      example: "jobs\\daily.vbk",
    },
    target: {
      kind: "string",
      own: true,
      text:
        "rename, link: new name; list: search pattern; copy: source; zero: offset; control: name of the FSCTL and its path; " +
        "set_security: parts replaced and the descriptor as SDDL; set_attributes: attributes and times set; snapshots: those listed",
      example: "jobs\\daily.vbk.locked",
    },
    share_type: { kind: "enum", own: true, text: "DISK, PIPE or PRINT; unset if not known" },
    size: {
      kind: "count",
      own: true,
      unit: "octets",
      text: "open: size of the file; truncate, allocate: size asked for; copy, zero: octets asked for",
    },
    ...SESSION_COLUMNS,
    ...FILE_COLUMNS,
    reads: { kind: "count", own: true, text: "transfer: read responses with data" },
    writes: { kind: "count", own: true, text: "transfer: write requests" },
    read_end: { kind: "count", own: true, unit: "octets", text: "transfer: offset behind the last octet read" },
    write_start: { kind: "count", own: true, unit: "octets", text: "transfer: lowest offset written" },
    write_end: { kind: "count", own: true, unit: "octets", text: "transfer: offset behind the last octet written" },
    magic: {
      kind: "string",
      own: true,
      text: "transfer: the file's first octets (64 at most) as read or written, hexadecimal",
      example: "4d5a9000",
    },
    handle: { kind: "string", own: true, text: "File handle, hexadecimal, to tell handles without a name apart" },
    entropy_read: {
      kind: "double",
      own: true,
      text: "transfer: Shannon entropy of the first 16,384 octets that the client got, in bits an octet; unset below 2,048",
      example: "7.997",
    },
    entropy_written: { kind: "double", own: true, text: "transfer: the same of those that the client sent" },
    chi_square_read: {
      kind: "double",
      own: true,
      text: "transfer: chi-square of the same octets against equal shares of all values: about 255 if they are random, more if they are compressed",
      example: "251.3",
    },
    chi_square_written: { kind: "double", own: true, text: "transfer: the same of those that the client sent" },
  },
});
