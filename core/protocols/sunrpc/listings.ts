import { HeldMap } from "../../bytes/held-map.ts";
import { Listing } from "../directory-listing.ts";
import type { RecordSink } from "../protocol.ts";
import type { Done } from "./done.ts";
import { actorOf } from "./exchange.ts";
import type { FileNode } from "./handles.ts";
import { exportOf, pathOf } from "./handles.ts";

/** Directories that are read at one time on one connection; of more, the one begun first is told as it is. */
const MOST_OPEN = 64;

interface Open {
  readonly listing: Listing;
  readonly actor: string | null;
}

/** Puts together what READDIR and READDIRPLUS tell of a directory in several answers. */
export class Listings {
  readonly #out: RecordSink;
  readonly #open = new HeldMap<FileNode, Open>(null, (open, node) => this.#report(node, open, false));

  constructor(out: RecordSink) {
    this.#out = out;
  }

  did({ call, answer, node, exchange }: Done): void {
    if (!call.operation.startsWith("READDIR") || node === null || answer?.status !== 0) return;
    const isFirst = call.cookie === 0;
    let open = this.#open.get(node);
    if (open === undefined || isFirst) {
      if (open !== undefined) this.#tell(node, false);
      else if (this.#open.size >= MOST_OPEN) this.#tell(this.#open.keys().next().value!, false);
      open = { listing: new Listing(isFirst, exchange.from), actor: actorOf(exchange) };
      this.#open.set(node, open);
    }
    for (const name of answer.names) open.listing.add(name);
    if (answer.areNamesCut) open.listing.lost();
    open.listing.to = exchange.to;
    if (answer.isEnd) this.#tell(node, true);
  }

  close(): void {
    for (const node of this.#open.keys()) this.#tell(node, false);
  }

  #tell(node: FileNode, isEnd: boolean): void {
    const open = this.#open.get(node);
    this.#open.delete(node);
    if (open !== undefined) this.#report(node, open, isEnd);
  }

  #report(node: FileNode, { listing, actor }: Open, isEnd: boolean): void {
    const object = pathOf(node);
    if (object === null) listing.release();
    else listing.report(this.#out, "nfs", { share: exportOf(node), object, actor }, isEnd);
  }
}
