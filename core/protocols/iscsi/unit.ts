import { Charge } from "../../bytes/held-budget.ts";
import { ByteReader } from "../../bytes/reader.ts";
import { BlockRanges } from "../block-ranges.ts";
import type { BlockRun } from "../block-runs.ts";
import { BlockRuns, touch } from "../block-runs.ts";
import type { Connection, Moment } from "../protocol.ts";
import { DISK } from "../scsi/cdb.ts";
import {
  parseCapacity,
  parseInquiry,
  parseLunList,
  parseReservationKeys,
  parseSerialNumber,
  parseUnmap,
} from "../scsi/parameter-data.ts";
import { isScsiSuccess, scsiStatusName } from "../scsi/sense.ts";
import type { Task } from "./task.ts";

/** One logical unit as a connection uses it. */
export class Unit {
  readonly lun: string;
  readonly #known: BlockRanges;
  readonly #runs: BlockRuns;
  deviceType = DISK;
  #product: string | null = null;
  #serial: string | null = null;
  #blocks: number | null = null;
  blockOctets: number | null = null;

  /** @param target Name of the target: what is known of its blocks is shared by the connections of the same two hosts. */
  constructor(conn: Connection, target: string, lun: string, tell: (run: BlockRun) => void) {
    this.lun = lun;
    const key = `iscsi blocks ${target} ${lun}`;
    const known = conn.pair.get(key);
    this.#known = known instanceof BlockRanges ? known : new BlockRanges(new Charge(null, conn.pair));
    conn.pair.set(key, this.#known);
    this.#runs = new BlockRuns(tell);
  }

  /** What it says of itself: "1: EXAMPLE Repository 0002, serial R1, 131072 blocks of 512". */
  get text(): string {
    const parts = [
      this.#product,
      this.#serial === null ? null : `serial ${this.#serial}`,
      this.#blocks === null ? null : `${this.#blocks} blocks of ${this.blockOctets}`,
    ].filter((part) => part !== null);
    return parts.length === 0 ? this.lun : `${this.lun}: ${parts.join(", ")}`;
  }

  /** @param status SCSI status; null if the connection ended before the answer. */
  finish(task: Task, status: number | null, sense: string | null, to: Moment): void {
    const { cdb, from } = task;
    const isGranted = status !== null && isScsiSuccess(status);
    const detail = [cdb.detail, this.#learn(task, isGranted)].filter(Boolean).join(": ");
    const ranges = cdb.opcode === UNMAP ? parseUnmap(new ByteReader(task.sent.bytes)) : null;
    const only = ranges?.length === 1 ? ranges[0]! : { lba: cdb.lba, blocks: cdb.blocks };
    const isData = cdb.kind === "read" || cdb.kind === "write";
    if (isData && cdb.blocks && cdb.lba !== null) this.blockOctets ??= Math.floor(task.expected / cdb.blocks) || null;
    const size = this.blockOctets;
    const offset = only.lba === null || size === null ? null : only.lba * size;
    const span = (only.blocks ?? 0) * (size ?? 0);
    const sum = (ranges ?? []).reduce((octets, { blocks }) => octets + blocks * (size ?? 0), 0);
    const octets = isData ? (cdb.lba === null ? task.expected : span) : ranges !== null ? sum : span;
    let overwritten = 0;
    if (isGranted && size !== null) {
      const touched = ranges ?? (only.lba === null ? [] : [{ lba: only.lba, blocks: only.blocks ?? 0 }]);
      if (isData || cdb.opcode === UNMAP || WRITE_SAME.has(cdb.opcode))
        for (const { lba, blocks } of touched) overwritten += touch(this.#known, lba * size, blocks * size);
    }
    this.#runs.add({
      operation: cdb.name,
      kind: cdb.kind,
      outcome: status === null ? "asked" : isGranted ? "granted" : "refused",
      status: status === null ? null : scsiStatusName(status),
      // Some targets send old sense data with GOOD (tgt: samples/recorded/iscsi.pcapng).
      sense: isGranted ? null : sense,
      offset: isData || cdb.kind === "change" ? offset : null,
      span,
      octets: isData || cdb.kind === "change" ? octets : 0,
      overwritten: cdb.kind === "read" ? 0 : overwritten,
      ranges: ranges === null ? null : ranges.slice(0, MOST_TOLD).map(({ lba, blocks }) => `${lba}+${blocks}`),
      detail,
      head: cdb.kind === "read" ? task.received.bytes : cdb.kind === "write" ? task.sent.bytes : null,
      from,
      to,
    });
  }

  close(): void {
    this.#runs.close();
  }

  /** Learns from what the unit answered, or was told; in words where it is worth a word. */
  #learn(task: Task, isGranted: boolean): string {
    const { cdb, received, sent } = task;
    const answer = new ByteReader(received.bytes);
    if (cdb.opcode === PERSISTENT_RESERVE_OUT) {
      const keys = parseReservationKeys(new ByteReader(sent.bytes));
      return keys === null ? "" : `key ${keys.own}, service action key ${keys.other}`;
    }
    if (!isGranted) return "";
    if (cdb.name === "INQUIRY" && cdb.detail === "") {
      const inquiry = parseInquiry(answer);
      if (inquiry === null) return "";
      this.deviceType = inquiry.deviceType;
      this.#product = [inquiry.vendor, inquiry.product, inquiry.revision].filter(Boolean).join(" ");
      return this.#product;
    }
    if (cdb.name === "INQUIRY") {
      const serial = parseSerialNumber(answer);
      if (serial === null) return "";
      this.#serial = serial;
      return `serial ${serial}`;
    }
    if (cdb.name.startsWith("READ CAPACITY")) {
      const capacity = parseCapacity(answer, cdb.name.endsWith("(16)"));
      if (capacity === null) return "";
      this.#blocks = capacity.blocks;
      this.blockOctets = capacity.blockOctets;
      return `${capacity.blocks} blocks of ${capacity.blockOctets}`;
    }
    if (cdb.opcode === REPORT_LUNS) return parseLunList(answer).slice(0, MOST_TOLD).join(" ");
    return "";
  }
}

const UNMAP = 0x42;
const PERSISTENT_RESERVE_OUT = 0x5f;
const REPORT_LUNS = 0xa0;
const WRITE_SAME: ReadonlySet<number> = new Set([0x41, 0x93]);
/** Ranges and numbers that a row lists. */
const MOST_TOLD = 64;
