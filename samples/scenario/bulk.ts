import { ByteWriter } from "../wire/byte-writer.ts";
import type { Turn } from "../wire/tcp-conversation.ts";
import type { Random } from "../wire/random.ts";
import { SMB_CHUNK, type SmbFile, type SmbTalk } from "../speak/smb-talk.ts";

/** Writes a file in large requests. */
export function* writeBulk(smb: SmbTalk, file: SmbFile, octets: number): Generator<undefined> {
  for (let left = octets; left > 0; left -= SMB_CHUNK) {
    smb.write(file, Math.min(left, SMB_CHUNK));
    yield;
  }
}

export function* readBulk(smb: SmbTalk, file: SmbFile, octets: number): Generator<undefined> {
  for (let left = octets; left > 0; left -= SMB_CHUNK) {
    smb.read(file, Math.min(left, SMB_CHUNK));
    yield;
  }
}

const BLOCK = 1 << 19;

/**
 * A data mover's stream: a short exchange, then blocks with a head of length and number, each confirmed by a few octets. The
 * product's own format is not public; this has its shape only.
 */
export function* moverStream(random: Random, octets: number, fromClient: boolean): Generator<Turn> {
  const token = random.bytes(48);
  yield {
    fromClient: true,
    bytes: new ByteWriter(64).u32le(60).u32le(0x0c01).u32le(1).bytes(token).done(),
    waitNs: 400_000,
  };
  yield {
    fromClient: false,
    bytes: new ByteWriter(32).u32le(28).u32le(0x0c02).u32le(1).bytes(token.subarray(0, 16)).done(),
    waitNs: 300_000,
  };
  for (let left = octets, number = 1; left > 0; left -= BLOCK, number++) {
    const length = Math.min(left, BLOCK);
    const head = new ByteWriter(16)
      .u32le(length + 12)
      .u32le(0x0c10)
      .u32le(number)
      .u32le(length)
      .done();
    yield { fromClient, bytes: head, filler: length, waitNs: random.between(200_000, 2_000_000) };
    yield {
      fromClient: !fromClient,
      bytes: new ByteWriter(12).u32le(8).u32le(0x0c11).u32le(number).done(),
      waitNs: 100_000,
    };
  }
}
