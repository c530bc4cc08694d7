import type { PacketSizes } from "./packet-sizes.ts";

/** A program that a session's first messages look like. */
export interface InferredProgram {
  readonly program: "rsync" | "borg" | "restic";
  readonly reason: string;
}

interface Segment {
  readonly fromClient: boolean;
  readonly octets: number;
}

/** Octets of channel data before the data itself. RFC 4254 5.2 */
const DATA = 9;

/** Sizes of messages as payloads, the least and the most that are meant. */
type Size = readonly [fromClient: boolean, least: number, most: number];

/** rsync: each side's version is 4 octets; the lists of checksums that follow have 20 to 60. compat.c of rsync 3.2 */
const RSYNC_VERSION: Size = [true, DATA + 4, DATA + 4];
const RSYNC_ANSWER: Size = [false, DATA + 4, DATA + 70];
const RSYNC_LIST = [DATA + 20, DATA + 70] as const;
/** Messages within which both lists went by. */
const RSYNC_LISTS = 6;

/** Borg 1.2: negotiation with the client's version, the server's; opening of a repository by path, its identifier. borg/remote.py */
const BORG: readonly Size[] = [
  [true, 44, 51],
  [false, 28, 35],
  [true, 100, 400],
  [false, 44, 51],
];

/**
 * restic 0.14 begins by listing a folder: SFTP's INIT and VERSION, then OPENDIR and HANDLE, READDIR and NAME, READDIR and
 * STATUS, CLOSE and STATUS. draft-ietf-secsh-filexfer-02. OpenSSH's own clients first ask for the server's limits.
 */
const RESTIC: readonly Size[] = [
  [true, DATA + 9, DATA + 9],
  [false, 100, 1000],
  [true, DATA + 14, DATA + 300],
  [false, DATA + 11, DATA + 20],
  [true, DATA + 11, DATA + 20],
  [false, DATA + 80, DATA + 4000],
  [true, DATA + 11, DATA + 20],
  [false, DATA + 17, DATA + 60],
  [true, DATA + 11, DATA + 20],
  [false, DATA + 17, DATA + 60],
];

/**
 * What was started in a session, by the sizes of the first messages of what it speaks.
 * @param opening First segments after authentication.
 * @returns null where it looks like none that is known.
 */
export function inferProgram(
  opening: readonly Segment[],
  client: PacketSizes,
  server: PacketSizes,
): InferredProgram | null {
  const talk = afterStart(opening);
  const is = (at: number, size: Size): boolean => {
    const segment = talk[at];
    return segment !== undefined && segment.fromClient === size[0] && fits(segment, size[1], size[2], client, server);
  };
  const follows = (sizes: readonly Size[]): boolean => sizes.every((size, at) => is(at, size));
  if (follows(BORG)) return { program: "borg", reason: "The first four messages have the sizes of Borg's negotiation" };
  if (follows(RESTIC))
    return {
      program: "restic",
      reason: "SFTP begins with the listing of a folder, as restic's does and no client's of OpenSSH",
    };
  if (is(0, RSYNC_VERSION) && is(1, RSYNC_ANSWER)) {
    const lists = talk.slice(1, 1 + RSYNC_LISTS).filter((one) => fits(one, ...RSYNC_LIST, client, server));
    const sides = new Set(lists.map(({ fromClient }) => fromClient));
    if (sides.size === 2)
      return { program: "rsync", reason: "Four octets go each way, then lists of the length of rsync's checksums" };
  }
  return null;
}

/** What follows the server's answer to the request for a program: the client's second message, then the server's next. */
function afterStart(opening: readonly Segment[]): readonly Segment[] {
  const first = opening.findIndex(({ fromClient }) => fromClient);
  const request = opening.findIndex(({ fromClient }, at) => fromClient && at > first);
  const success = opening.findIndex(({ fromClient }, at) => !fromClient && at > request);
  return request < 0 || success < 0 ? [] : opening.slice(success + 1);
}

function fits(
  { fromClient, octets }: Segment,
  least: number,
  most: number,
  client: PacketSizes,
  server: PacketSizes,
): boolean {
  const sizes = fromClient ? client : server;
  return octets >= sizes.of(least) && octets <= sizes.of(most);
}
