import { recordType } from "../records/record-type.ts";

/** A stream that no protocol took for its own. */
export const unrecognisedRecord = recordType({
  name: "unrecognised",
  text: "A TCP connection whose protocol was not recognised: how each side began, so that text, a known greeting or ciphertext can be told apart",
  version: 1,
  layout: "connection",
  own: true,
  columns: {
    orig_head: {
      kind: "string",
      text: "First octets of the originator, at most 64, with what cannot be read as \\x and two digits",
      example: "Microsoft Windows [Version 10.0.19045.3803]",
    },
    resp_head: { kind: "string", text: "First octets of the responder, likewise", example: "whoami\\x0a" },
    orig_looked: {
      kind: "count",
      unit: "octets",
      text: "Octets of the originator's beginning that were looked at",
      example: "256",
    },
    resp_looked: {
      kind: "count",
      unit: "octets",
      text: "Octets of the responder's beginning that were looked at",
      example: "7",
    },
    orig_entropy: {
      kind: "double",
      text: "Entropy of them in bits an octet; of 256 drawn by lot it is about 7.2",
      example: "4.1",
    },
    resp_entropy: { kind: "double", text: "The same of the responder", example: "2.8" },
    orig_printable: { kind: "double", text: "Share of them that is text, from 0 to 1", example: "0.99" },
    resp_printable: { kind: "double", text: "The same of the responder", example: "1" },
  },
});
