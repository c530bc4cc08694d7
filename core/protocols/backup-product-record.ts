import { recordType } from "../records/record-type.ts";

/** The backup product that a connection belongs to. */
export const backupProductRecord = recordType({
  name: "backup_product",
  text: "A connection that was recognised as a backup product's, by what it says; a port alone is no evidence and gives no row",
  version: 1,
  layout: "connection",
  own: true,
  columns: {
    product: { kind: "string", text: "Product", example: "Veeam" },
    component: { kind: "string", text: "Component or protocol of it", example: "backup server" },
    product_version: { kind: "string", text: "Its version, where it is visible", example: "3.5.1" },
    orig_role: { kind: "string", text: "What the originator is in it", example: "backup software" },
    resp_role: { kind: "string", text: "What the responder is in it", example: "NAS or tape server" },
    recognised_by: {
      kind: "enum",
      text: "first bytes, TLS certificate, SNI, ALPN, banner, user agent, path, header, protocol or behaviour",
      example: "TLS certificate",
    },
    seen: { kind: "string", text: "What was seen, the beginning of it", example: "CN=Veeam Backup Server Certificate" },
    confidence: { kind: "double", text: "How sure it is, from 0 to 1", example: "0.95" },
    confidence_word: { kind: "enum", text: "certain, likely or possible", example: "certain" },
    on_usual_port: { kind: "bool", text: "The responder's port is one that the product uses by default" },
    verified: {
      kind: "enum",
      text: "How it is known that the product shows itself so: captured here, specification, vendor document or unverified",
      example: "vendor document",
    },
  },
});
