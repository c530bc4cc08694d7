import { recordType } from "../../records/record-type.ts";

/** Zeek's ldap.log: all but searches. */
export const ldapRecord = recordType({
  name: "ldap",
  text: "An LDAP request that is no search, with its answer",
  version: 1,
  layout: "connection",
  columns: {
    message_id: { kind: "int", text: "Message id", example: "2" },
    version: { kind: "int", text: "LDAP version of a bind", example: "3" },
    opcode: { kind: "string", text: "Operation; for a bind, with its kind", example: "bind SASL" },
    result: { kind: "string", text: "Name of the result code", example: "success" },
    diagnostic_message: {
      kind: "string",
      text: "What the server says of the result",
      example: "80090308: LdapErr: DSID-0C090439, comment: AcceptSecurityContext error, data 52e",
    },
    object: {
      kind: "string",
      text: "Name that a bind gives, entry that a modify is about, identifier of an extended operation",
      example: "cn=admin,dc=example,dc=com",
    },
    argument: {
      kind: "string",
      text: "SASL mechanism of a bind, REDACTED in place of a password; changes of a modify, entry that a delete is about, message that an abandon names",
      example: "GSS-SPNEGO",
    },
    result_code: { kind: "count", own: true, text: "Result code", source: "RFC 4511 appendix A" },
    dn: {
      kind: "string",
      own: true,
      text: "Entry that an add, modify, delete, rename or compare is about",
      example: "CN=BACKUP01,OU=Servers,DC=corp,DC=example",
    },
    new_dn: { kind: "string", own: true, text: "Name that a renamed or moved entry gets" },
    changes: {
      kind: "vector[string]",
      own: true,
      text: "What a request does to which attributes",
      example: "replace msDS-AllowedToActOnBehalfOfOtherIdentity",
    },
    values: {
      kind: "vector[string]",
      own: true,
      text: "Values that a request writes; secrets are not kept, security descriptors are the SIDs in their access list",
      example: "servicePrincipalName=cifs/backup01",
    },
    operation: {
      kind: "string",
      own: true,
      text: "Name of an extended operation, where `object` has its identifier",
      example: "password-modify",
    },
    controls: { kind: "vector[string]", own: true, text: "Controls of the request", example: "tree-delete" },
    matched_dn: { kind: "string", own: true, text: "Last entry on the way to one that does not exist" },
    has_password: { kind: "bool", own: true, text: "True if a simple bind sends a password (in clear)" },
    user: {
      kind: "string",
      own: true,
      text: "Who was bound when the answer came: DOMAIN\\user, or the name of a simple bind",
      example: "CORP\\jdoe",
    },
    is_signed: { kind: "bool", own: true, text: "True if the request came in a signed (not encrypted) SASL buffer" },
  },
});

/** Zeek's ldap_search.log. */
export const ldapSearchRecord = recordType({
  name: "ldap_search",
  text: "An LDAP search with its answer",
  version: 1,
  layout: "connection",
  columns: {
    message_id: { kind: "int", text: "Message id", example: "3" },
    scope: { kind: "string", text: "base, single (one level) or tree", example: "tree" },
    deref_aliases: { kind: "string", text: "When aliases are followed: never, searching, finding, always" },
    base_object: { kind: "string", text: "Entry at which the search begins", example: "DC=corp,DC=example" },
    result_count: { kind: "count", unit: "entries", text: "Entries in the answer", example: "12" },
    result: { kind: "string", text: "Name of the result code", example: "success" },
    diagnostic_message: {
      kind: "string",
      text: "What the server says of the result",
      example: "0000208D: NameErr: DSID-03100238, problem 2001 (NO_OBJECT)",
    },
    filter: {
      kind: "string",
      text: "What is searched for",
      example: "(&(samAccountType=805306368)(servicePrincipalName=*))",
    },
    attributes: {
      kind: "vector[string]",
      text: "Unset, as in Zeek unless told otherwise; see `asked_attributes`",
      source: "Zeek's LDAP::default_log_search_attributes",
      example: "-",
    },
    asked_attributes: {
      kind: "vector[string]",
      own: true,
      text: "Attributes asked for; empty means all",
      example: "sAMAccountName,ms-Mcs-AdmPwd",
    },
    size_limit: { kind: "count", own: true, unit: "entries", text: "Most entries asked for, 0 for no limit" },
    result_code: { kind: "count", own: true, text: "Result code", source: "RFC 4511 appendix A" },
    objects: {
      kind: "vector[string]",
      own: true,
      text: "Entries in the answer, the first ones",
      example: "CN=svc_backup,CN=Users,DC=corp,DC=example",
    },
    reference_count: {
      kind: "count",
      own: true,
      unit: "references",
      text: "References to other servers in the answer",
    },
    controls: { kind: "vector[string]", own: true, text: "Controls of the request", example: "paged-results,sd-flags" },
    user: {
      kind: "string",
      own: true,
      text: "Who was bound when the search was asked: DOMAIN\\user, or the name of a simple bind",
    },
    is_signed: { kind: "bool", own: true, text: "True if the request came in a signed (not encrypted) SASL buffer" },
    dc_host: {
      kind: "string",
      own: true,
      text: "Name of the domain controller that answers the locator's question",
      example: "dc01.corp.example",
      source: "MS-ADTS 6.3.1.9",
    },
    dc_domain: { kind: "string", own: true, text: "Its domain", example: "corp.example" },
    dc_netbios_domain: { kind: "string", own: true, text: "NetBIOS name of its domain", example: "CORP" },
    dc_site: { kind: "string", own: true, text: "Its site", example: "Default-First-Site-Name" },
    client_site: {
      kind: "string",
      own: true,
      text: "Site that the client belongs to",
      example: "Default-First-Site-Name",
    },
    dc_flags: { kind: "set[string]", own: true, text: "What the domain controller is", example: "pdc,gc,kdc,writable" },
  },
});
