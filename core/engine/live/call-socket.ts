import type { Socket } from "node:net";

/** A call that a window makes to the process that has its case open, one line of JSON; and the answer to it. */
export interface SocketCall {
  readonly id: number;
  readonly method: string;
  readonly arg: unknown;
}

/** Octets of one line; longer ones end the connection. */
const MOST_LINE = 64 * 1024 * 1024;

/** Gives each whole line that comes. */
export function readLines(socket: Socket, take: (line: string) => void): void {
  const pieces: Buffer[] = [];
  let held = 0;
  socket.on("data", (octets: Buffer) => {
    let from = 0;
    for (let end = octets.indexOf(0x0a); end >= 0; end = octets.indexOf(0x0a, from)) {
      take(Buffer.concat([...pieces.splice(0), octets.subarray(from, end)]).toString("utf8"));
      held = 0;
      from = end + 1;
    }
    if (from === octets.length) return;
    pieces.push(octets.subarray(from));
    held += octets.length - from;
    if (held > MOST_LINE) socket.destroy();
  });
}
