import { type Holder } from "../../bytes/held-budget.ts";
import { HeldMap } from "../../bytes/held-map.ts";
import type { Moment, RecordSink } from "../protocol.ts";
import type { DhcpRow } from "./records.ts";
import { dhcpRecord, emptyDhcpRow } from "./records.ts";

const SECOND = 1_000_000_000n;
/** From this age on a transaction is looked at now and then. Zeek: `&create_expire` of `DHCP::join_data` */
const FIRST_CHECK_NS = 10n * SECOND;
/** It is over if it was silent for so long when it is looked at. Zeek: `join_data_expiration` */
const SILENCE_NS = 5n * SECOND;
/** It is over at this age, silent or not. Zeek: `DHCP::max_txid_watch_time` */
const MAX_AGE_NS = 30n * SECOND;
/** Zeek: `DHCP::max_uids_per_log_entry`, `DHCP::max_msg_types_per_log_entry` */
const MAX_UIDS = 10;
const MAX_TYPES = 50;
/** Transactions under way; a flood of identifiers writes out the oldest early. */
const MAX_TRANSACTIONS = 20_000;

/** Octets of memory of one, about. */
const TRANSACTION = 2048;

/** A connection that takes part in transactions. */
export interface Participant {
  readonly uid: string;
  readonly out: RecordSink;
  /** Transactions under way that it takes part in; kept by `Transactions`. */
  readonly transactions: Set<Transaction>;
}

/** Messages of one identifier. */
export interface Transaction {
  readonly xid: number;
  readonly first: Moment;
  last: Moment;
  checkedNs: bigint;
  readonly participants: Participant[];
  readonly types: string[];
  /** `chaddr` of the client, for want of a better word of its hardware address. */
  clientHardware: string | null;
  readonly row: DhcpRow;
}

/**
 * Transactions under way, of all connections: what one client and its servers say goes between several pairs of addresses.
 *
 * A transaction ends by its own messages' times, or with the first of its connections: these are silent for a minute when they
 * end, or the capture is over. So its row does not depend on other traffic.
 */
export class Transactions {
  readonly #byXid: HeldMap<number, Transaction>;

  /** @param holder Whose they are: the hosts' whose connections share them. */
  constructor(holder: Holder | null = null) {
    const forgotten = (transaction: Transaction): void => this.#writeEarly(transaction);
    this.#byXid = new HeldMap(() => TRANSACTION, forgotten, holder);
  }

  /** The transaction that a message belongs to. */
  join(xid: number, participant: Participant, now: Moment): Transaction {
    this.#sweep(now);
    let known = this.#byXid.get(xid);
    if (known !== undefined && isOver(known, now.ts)) {
      this.#write(known);
      known = undefined;
    }
    const transaction = known ?? this.#begin(xid, now);
    transaction.last = now;
    if (!transaction.participants.includes(participant)) {
      transaction.participants.push(participant);
      participant.transactions.add(transaction);
    }
    return transaction;
  }

  /** To be called when a message was added: a transaction that became too long is written. */
  added(transaction: Transaction): void {
    if (transaction.participants.length >= MAX_UIDS || transaction.types.length >= MAX_TYPES) this.#write(transaction);
  }

  /** A connection is over: so are its transactions. */
  leave(participant: Participant): void {
    for (const transaction of [...participant.transactions]) this.#write(transaction);
  }

  /** No further connection takes part in them: each is written as it stands. */
  release(): void {
    for (const transaction of [...this.#byXid.values()]) this.#writeEarly(transaction);
  }

  #begin(xid: number, now: Moment): Transaction {
    if (this.#byXid.size >= MAX_TRANSACTIONS) {
      this.#writeEarly(this.#byXid.values().next().value!);
    }
    const transaction: Transaction = {
      xid,
      first: now,
      last: now,
      checkedNs: now.ts,
      participants: [],
      types: [],
      clientHardware: null,
      row: emptyDhcpRow(xid),
    };
    this.#byXid.set(xid, transaction);
    return transaction;
  }

  /** Writes what is surely over, oldest first, so that no more is kept than a minute's transactions. */
  #sweep(now: Moment): void {
    for (const transaction of this.#byXid.values()) {
      if (now.ts - transaction.last.ts <= MAX_AGE_NS + FIRST_CHECK_NS) return;
      this.#write(transaction);
    }
  }

  #writeEarly(transaction: Transaction): void {
    transaction.participants[0]?.out.forgot("DHCP transaction");
    this.#write(transaction);
  }

  #write(transaction: Transaction): void {
    this.#byXid.delete(transaction.xid);
    for (const { transactions } of transaction.participants) transactions.delete(transaction);
    const { row, participants, first, last } = transaction;
    row.uids = participants.map(({ uid }) => uid);
    row.msg_types = transaction.types;
    row.duration = Number(last.ts - first.ts);
    row.mac ??= transaction.clientHardware;
    participants[0]!.out.emit(dhcpRecord, row, first, last);
  }
}

/** Asked when a further message of the identifier comes. */
function isOver(transaction: Transaction, nowNs: bigint): boolean {
  if (nowNs - transaction.first.ts <= FIRST_CHECK_NS || nowNs - transaction.checkedNs < FIRST_CHECK_NS) return false;
  transaction.checkedNs = nowNs;
  return nowNs - transaction.last.ts > SILENCE_NS || nowNs - transaction.first.ts > MAX_AGE_NS;
}
