/** Names of algorithms as OpenSSL prints them (its long names), which Zeek's x509.log shows. */
const ALGORITHMS: Readonly<Record<string, string>> = {
  "1.2.840.113549.1.1.1": "rsaEncryption",
  "1.2.840.113549.1.1.2": "md2WithRSAEncryption",
  "1.2.840.113549.1.1.3": "md4WithRSAEncryption",
  "1.2.840.113549.1.1.4": "md5WithRSAEncryption",
  "1.2.840.113549.1.1.5": "sha1WithRSAEncryption",
  "1.2.840.113549.1.1.7": "rsaesOaep",
  "1.2.840.113549.1.1.10": "rsassaPss",
  "1.2.840.113549.1.1.11": "sha256WithRSAEncryption",
  "1.2.840.113549.1.1.12": "sha384WithRSAEncryption",
  "1.2.840.113549.1.1.13": "sha512WithRSAEncryption",
  "1.2.840.113549.1.1.14": "sha224WithRSAEncryption",
  "1.3.14.3.2.29": "sha1WithRSA",
  "1.3.14.3.2.15": "shaWithRSAEncryption",
  "1.3.14.3.2.3": "md5WithRSA",
  "2.5.8.1.1": "rsa",
  "1.2.840.113549.1.3.1": "dhKeyAgreement",
  "1.2.840.10040.4.1": "dsaEncryption",
  "1.2.840.10040.4.3": "dsaWithSHA1",
  "1.3.14.3.2.12": "dsaEncryption-old",
  "1.3.14.3.2.27": "dsaWithSHA1-old",
  "2.16.840.1.101.3.4.3.1": "dsa_with_SHA224",
  "2.16.840.1.101.3.4.3.2": "dsa_with_SHA256",
  "1.2.840.10045.2.1": "id-ecPublicKey",
  "1.2.840.10045.4.1": "ecdsa-with-SHA1",
  "1.2.840.10045.4.3.1": "ecdsa-with-SHA224",
  "1.2.840.10045.4.3.2": "ecdsa-with-SHA256",
  "1.2.840.10045.4.3.3": "ecdsa-with-SHA384",
  "1.2.840.10045.4.3.4": "ecdsa-with-SHA512",
  "1.3.101.110": "X25519",
  "1.3.101.111": "X448",
  "1.3.101.112": "ED25519",
  "1.3.101.113": "ED448",
  "1.2.643.2.2.19": "GOST R 34.10-2001",
  "1.2.643.2.2.3": "GOST R 34.11-94 with GOST R 34.10-2001",
  "1.2.643.7.1.1.1.1": "GOST R 34.10-2012 with 256 bit modulus",
  "1.2.643.7.1.1.1.2": "GOST R 34.10-2012 with 512 bit modulus",
  "1.2.643.7.1.1.3.2": "GOST R 34.10-2012 with GOST R 34.11-2012 (256 bit)",
  "1.2.643.7.1.1.3.3": "GOST R 34.10-2012 with GOST R 34.11-2012 (512 bit)",
  "1.2.156.10197.1.501": "SM2-with-SM3",
};

/** Name of a key or signature algorithm; unknown ones stay numbers. */
export function algorithmName(oid: string): string {
  return ALGORITHMS[oid] ?? oid;
}

/** Named curves: OpenSSL's short name and the bits of the group's order. */
const CURVES: Readonly<Record<string, { readonly name: string; readonly bits: number }>> = {
  "1.2.840.10045.3.1.1": { name: "prime192v1", bits: 192 },
  "1.2.840.10045.3.1.7": { name: "prime256v1", bits: 256 },
  "1.3.132.0.1": { name: "sect163k1", bits: 163 },
  "1.3.132.0.10": { name: "secp256k1", bits: 256 },
  "1.3.132.0.15": { name: "sect163r2", bits: 163 },
  "1.3.132.0.16": { name: "sect283k1", bits: 281 },
  "1.3.132.0.17": { name: "sect283r1", bits: 282 },
  "1.3.132.0.26": { name: "sect233k1", bits: 232 },
  "1.3.132.0.27": { name: "sect233r1", bits: 233 },
  "1.3.132.0.32": { name: "secp224k1", bits: 225 },
  "1.3.132.0.33": { name: "secp224r1", bits: 224 },
  "1.3.132.0.34": { name: "secp384r1", bits: 384 },
  "1.3.132.0.35": { name: "secp521r1", bits: 521 },
  "1.3.132.0.36": { name: "sect409k1", bits: 407 },
  "1.3.132.0.37": { name: "sect409r1", bits: 409 },
  "1.3.132.0.38": { name: "sect571k1", bits: 570 },
  "1.3.132.0.39": { name: "sect571r1", bits: 570 },
  "1.3.36.3.3.2.8.1.1.7": { name: "brainpoolP256r1", bits: 256 },
  "1.3.36.3.3.2.8.1.1.11": { name: "brainpoolP384r1", bits: 384 },
  "1.3.36.3.3.2.8.1.1.13": { name: "brainpoolP512r1", bits: 512 },
  "1.2.156.10197.1.301": { name: "SM2", bits: 256 },
};

export function curveOf(oid: string): { readonly name: string; readonly bits: number } | null {
  return CURVES[oid] ?? null;
}

/** Attribute types of distinguished names: OpenSSL's short names. */
const ATTRIBUTES: Readonly<Record<string, string>> = {
  "2.5.4.3": "CN",
  "2.5.4.4": "SN",
  "2.5.4.5": "serialNumber",
  "2.5.4.6": "C",
  "2.5.4.7": "L",
  "2.5.4.8": "ST",
  "2.5.4.9": "street",
  "2.5.4.10": "O",
  "2.5.4.11": "OU",
  "2.5.4.12": "title",
  "2.5.4.13": "description",
  "2.5.4.15": "businessCategory",
  "2.5.4.16": "postalAddress",
  "2.5.4.17": "postalCode",
  "2.5.4.18": "postOfficeBox",
  "2.5.4.20": "telephoneNumber",
  "2.5.4.41": "name",
  "2.5.4.42": "GN",
  "2.5.4.43": "initials",
  "2.5.4.44": "generationQualifier",
  "2.5.4.45": "x500UniqueIdentifier",
  "2.5.4.46": "dnQualifier",
  "2.5.4.65": "pseudonym",
  "2.5.4.72": "role",
  "2.5.4.97": "organizationIdentifier",
  "0.9.2342.19200300.100.1.1": "UID",
  "0.9.2342.19200300.100.1.3": "mail",
  "0.9.2342.19200300.100.1.25": "DC",
  "1.2.840.113549.1.9.1": "emailAddress",
  "1.2.840.113549.1.9.2": "unstructuredName",
  "1.2.840.113549.1.9.8": "unstructuredAddress",
  "1.3.6.1.4.1.311.60.2.1.1": "jurisdictionL",
  "1.3.6.1.4.1.311.60.2.1.2": "jurisdictionST",
  "1.3.6.1.4.1.311.60.2.1.3": "jurisdictionC",
};

/** Short name of an attribute type, null if it has none. */
export function attributeName(oid: string): string | null {
  return ATTRIBUTES[oid] ?? null;
}
