import { hex } from "./analyzer-harness.ts";

/**
 * A self-signed certificate made for these tests with OpenSSL 3.0: req -x509, prime256v1, serial 0x0102abcdef,
 * alternative names of every kind, a path length of 2.
 */
export const CERTIFICATE = hex(`
  308202a230820249a00302010202050102abcdef300a06082a8648ce3d0403023075310b300906035504061302444531163014060355040a 
  0c0d4578616d706c652c20496e632e310f300d060355040b0c064261636b7570311d301b06035504030c146261636b757030312e6578616d 
  706c652e636f6d311e301c06092a864886f70d010901160f6f7073406578616d706c652e636f6d301e170d3236313132333034353335355a 
  170d3336313132303034353335355a3075310b300906035504061302444531163014060355040a0c0d4578616d706c652c20496e632e310f 
  300d060355040b0c064261636b7570311d301b06035504030c146261636b757030312e6578616d706c652e636f6d311e301c06092a864886 
  f70d010901160f6f7073406578616d706c652e636f6d3059301306072a8648ce3d020106082a8648ce3d030107034200042ef7a715c94e8e 
  7655c2f3ec138cb6bfa04b81ff88611487fb2626e34a397d51f3d2bb75b55c57e64f74c6ae56db2c2e8ecdef70bb51bb61c07094a6ef73e2 
  1fa381c53081c2301d0603551d0e04160414a50fc1a78eb201578485160a4a46662ca2798521301f0603551d23041830168014a50fc1a78e 
  b201578485160a4a46662ca2798521306c0603551d110465306382146261636b757030312e6578616d706c652e636f6d82102a2e626b2e65 
  78616d706c652e636f6d87040a010203871020010db8000000000000000000000005861268747470733a2f2f782e6578616d706c652f810d 
  61406578616d706c652e636f6d30120603551d130101ff040830060101ff020102300a06082a8648ce3d0403020347003044022042d650ef 
  239fa9ab9ac93ed68ccad2d22a7386a7bd1e17c73824729e7a12cd29022028910aebda71a3796032b3943ac62041071138580fa5328e9495 
  dd690261c8ff 
`);

/** What the hellos of these tests are made of. */
export interface HelloParts {
  readonly version?: number;
  readonly sessionId?: readonly number[];
  readonly ciphers: readonly number[];
  /** Type and content of each extension. */
  readonly extensions?: readonly (readonly [type: number, content: readonly number[]])[];
}

export function u16(value: number): number[] {
  return [value >> 8, value & 0xff];
}

export function u24(value: number): number[] {
  return [value >> 16, (value >> 8) & 0xff, value & 0xff];
}

export function list16(values: readonly number[]): number[] {
  return [...u16(values.length * 2), ...values.flatMap(u16)];
}

/** Extension with the names of hosts or protocols. */
export function serverName(name: string): readonly [number, number[]] {
  const octets = [...Buffer.from(name)];
  return [0, [...u16(octets.length + 3), 0, ...u16(octets.length), ...octets]];
}

export function alpn(...names: string[]): readonly [number, number[]] {
  const octets = names.flatMap((name) => [name.length, ...Buffer.from(name)]);
  return [16, [...u16(octets.length), ...octets]];
}

export function extensions(parts: HelloParts): number[] {
  const octets = (parts.extensions ?? []).flatMap(([type, content]) => [
    ...u16(type),
    ...u16(content.length),
    ...content,
  ]);
  return parts.extensions === undefined ? [] : [...u16(octets.length), ...octets];
}

export function clientHello(parts: HelloParts, cookie: readonly number[] = []): number[] {
  const id = parts.sessionId ?? [];
  const body = [
    ...u16(parts.version ?? 0x0303),
    ...Array.from({ length: 32 }, () => 1),
    id.length,
    ...id,
    ...cookie,
    ...list16(parts.ciphers),
    1,
    0,
    ...extensions(parts),
  ];
  return [1, ...u24(body.length), ...body];
}

export function serverHello(parts: HelloParts, random = 2): number[] {
  const id = parts.sessionId ?? [];
  const body = [
    ...u16(parts.version ?? 0x0303),
    ...Array.from({ length: 32 }, () => random),
    id.length,
    ...id,
    ...u16(parts.ciphers[0]!),
    0,
    ...extensions(parts),
  ];
  return [2, ...u24(body.length), ...body];
}

export function handshake(type: number, body: readonly number[]): number[] {
  return [type, ...u24(body.length), ...body];
}

export function certificateMessage(...certificates: Uint8Array[]): number[] {
  const chain = certificates.flatMap((der) => [...u24(der.length), ...der]);
  return handshake(11, [...u24(chain.length), ...chain]);
}

export function record(type: number, body: readonly number[]): Uint8Array {
  return Uint8Array.from([type, 3, 3, ...u16(body.length), ...body]);
}
