import type { Moment, RecordSink } from "../protocol.ts";
import { accessRights, createActionName, dispositionName } from "./access-rights.ts";
import { reportArchiveAct } from "./archive-acts.ts";
import { isNtError, ntStatusName } from "./nt-status.ts";
import { RecentActions } from "./recent-actions.ts";
import { reportSmbObject } from "./stored-object.ts";
import { smbFiles, smbMapping, smbOperations } from "./records.ts";
import { isPipe } from "./pipe-names.ts";
import type { OpenFile, Session, Tree } from "./state.ts";
import { NO_TREE } from "./state.ts";

/** Actions of `smb_operations` that a request asks for. */
export type FileAction =
  | "open"
  | "delete"
  | "rename"
  | "link"
  | "truncate"
  | "allocate"
  | "set_attributes"
  | "set_security"
  | "copy"
  | "list"
  | "lock"
  | "watch"
  | "zero"
  | "snapshots"
  | "control";

/** When something was asked and answered. `status` null: no answer was seen. */
export interface Exchange {
  readonly from: Moment;
  readonly to: Moment;
  readonly status: number | null;
}

export type Outcome = "confirmed" | "refused" | "unanswered";

export function outcomeOf(status: number | null): Outcome {
  if (status === null) return "unanswered";
  return isNtError(status) ? "refused" : "confirmed";
}

/** Writes the rows of file operations and share connects, for SMB1 and SMB2 alike. */
export class OperationLog {
  readonly #out: RecordSink;
  readonly #uid: string;
  readonly #recent = new RecentActions();

  /** @param uid The connection's. */
  constructor(out: RecordSink, uid: string) {
    this.#out = out;
    this.#uid = uid;
  }

  /** An open was answered (or cannot be any more). Zeek's row is written for a granted one; of SMB1 those of pipes too. */
  opened(file: OpenFile, exchange: Exchange, isSmb1 = false): void {
    this.#operation("open", file, exchange, { target: null, size: file.size });
    if (outcomeOf(exchange.status) !== "confirmed" || exchange.status === null) return;
    file.openedOn = this.#uid;
    if (!isSmb1) {
      if (isPipe(file)) return;
      file.zeekPath = this.#zeekPathOf(file.tree);
    }
    this.#zeekRow(file.tree?.shareType === "PRINT" && !isSmb1 ? "SMB::PRINT_OPEN" : "SMB::FILE_OPEN", file, exchange);
  }

  /** A file is read, written or closed: from now on Zeek has its share, if it saw the tree connect. */
  used(file: OpenFile): void {
    file.zeekPath ??= this.#zeekPathOf(file.tree);
  }

  #zeekPathOf(tree: Tree | null): string | null {
    return tree?.connectedOn === this.#uid ? tree.path : null;
  }

  /** A printer file was closed, which prints it. */
  printed(file: OpenFile, exchange: Exchange): void {
    this.#zeekRow("SMB::PRINT_CLOSE", file, exchange);
  }

  /** Deletion was asked for. */
  deleted(file: OpenFile, exchange: Exchange): void {
    this.#operation("delete", file, exchange, { target: null, size: null });
    this.#zeekRow("SMB::FILE_DELETE", file, exchange);
  }

  /** A rename was asked for; if it was granted, `file` bears the new name from here on. */
  renamed(file: OpenFile, newName: string, exchange: Exchange): void {
    this.#operation("rename", file, exchange, { target: newName, size: null });
    const { name, previousName } = file;
    const isConfirmed = outcomeOf(exchange.status) === "confirmed";
    if (newName === "") return;
    file.previousName = name;
    file.name = newName;
    if (file.tree?.shareType !== "PIPE") this.#zeekRow("SMB::FILE_RENAME", file, exchange);
    if (isConfirmed) return;
    file.name = name;
    file.previousName = previousName;
  }

  /** Any other request about a file. */
  asked(action: FileAction, file: OpenFile, exchange: Exchange, target: string | null, size: number | null): void {
    this.#operation(action, file, exchange, { target, size });
    if (action !== "truncate" || size === null || outcomeOf(exchange.status) !== "confirmed") return;
    file.endOfFile = size;
    if (size < file.writeEnd) file.isCut = true;
  }

  /** A list of a directory is over, whole or not. */
  listed(file: OpenFile, isEnd: boolean): void {
    const { listing, name, tree, session } = file;
    file.listing = null;
    if (listing === null || name === null) return;
    const object = name === "<share_root>" ? "" : name;
    listing.report(this.#out, "smb", { share: tree?.path ?? null, object, actor: session.user }, isEnd);
  }

  /** The handle was closed: so is the file that it carried. */
  closed(file: OpenFile): void {
    file.carried?.close();
    this.ended(file);
  }

  /** The handle ended (closed, or the connection is over): totals of what went through it. */
  ended(file: OpenFile): void {
    if (file.isOver) return;
    file.isOver = true;
    file.pipe?.close();
    this.listed(file, false);
    if (file.firstUse === null || file.lastUse === null) return;
    const exchange = { from: file.firstUse, to: file.lastUse, status: null };
    this.#operation("transfer", file, exchange, { target: null, size: file.size });
    reportSmbObject(this.#out, file);
  }

  /** Encrypted messages of a session on this connection. */
  sealed(session: Session, fromClient: number, fromServer: number, from: Moment, to: Moment): void {
    this.#out.emit(
      smbOperations,
      {
        ...EMPTY_OPERATION,
        action: "sealed",
        ...sessionColumns(session, null),
        bytes_read: fromServer,
        bytes_written: fromClient,
        encrypted: true,
      },
      from,
      to,
    );
  }

  /** A share connect was answered, or cannot be any more. */
  mapped(
    session: Session,
    tree: Tree,
    service: string | null,
    nativeFileSystem: string | null,
    exchange: Exchange,
  ): void {
    const share = tree.path === null ? null : tree.path.slice(tree.path.lastIndexOf("\\") + 1).toUpperCase();
    this.#out.emit(
      smbMapping,
      {
        path: tree.path,
        service,
        native_file_system: nativeFileSystem,
        share_type: tree.shareType,
        ...sessionColumns(session, tree),
        ...answerColumns(exchange.status),
        share,
      },
      exchange.from,
      exchange.to,
    );
  }

  #operation(
    action: FileAction | "transfer",
    file: OpenFile,
    exchange: Exchange,
    more: { target: string | null; size: number | null },
  ): void {
    const isTransfer = action === "transfer";
    reportArchiveAct(this.#out, action, file, exchange, more);
    const { session, tree, readSample, writtenSample } = file;
    const { status } = exchange;
    // One literal: rows put together from parts take several times as long to make.
    this.#out.emit(
      smbOperations,
      {
        action,
        path: tree?.path ?? null,
        name: file.name,
        target: more.target,
        share_type: tree?.shareType ?? null,
        size: more.size,
        user: session.user,
        status: isTransfer || status === null ? null : ntStatusName(status),
        outcome: isTransfer ? null : outcomeOf(status),
        dialect: session.dialect,
        session_id: sessionText(session),
        tree_id: treeText(tree),
        encrypted: isEncrypted(session, tree),
        bytes_read: file.bytesRead,
        bytes_written: file.bytesWritten,
        disposition: dispositionText(file),
        create_action: createActionText(file),
        desired_access: accessTexts(file),
        delete_on_close: file.deleteOnClose,
        is_dir: file.isDirectory,
        snapshot: file.snapshot,
        reads: isTransfer ? file.reads : null,
        writes: isTransfer ? file.writes : null,
        read_end: isTransfer && file.reads > 0 ? file.readEnd : null,
        write_start: isTransfer && file.writes > 0 ? file.writeStart : null,
        write_end: isTransfer && file.writes > 0 ? file.writeEnd : null,
        magic: isTransfer && file.magic !== null ? Buffer.from(file.magic).toString("hex") : null,
        handle: file.handle === "" ? null : handleText(file.handle),
        entropy_read: isTransfer && readSample !== null ? readSample.entropy() : null,
        entropy_written: isTransfer && writtenSample !== null ? writtenSample.entropy() : null,
        chi_square_read: isTransfer && readSample !== null ? readSample.chiSquare() : null,
        chi_square_written: isTransfer && writtenSample !== null ? writtenSample.chiSquare() : null,
      },
      exchange.from,
      exchange.to,
    );
  }

  /** The row that Zeek writes of it, knowing only what this connection told (and, of renames, the new name). */
  #zeekRow(action: string, file: OpenFile, exchange: Exchange): void {
    if (file.name === null) return;
    const isKnown = file.openedOn === this.#uid || file.handle === "";
    if (!isKnown && action !== "SMB::FILE_RENAME") return;
    if (!this.#recent.isNew(action, file, exchange.from.ts)) return;
    const { session, tree } = file;
    const times = isKnown ? file.times : null;
    const { status } = exchange;
    this.#out.emit(
      smbFiles,
      {
        fuid: isKnown ? file.fuid : null,
        action,
        path: isKnown ? file.zeekPath : null,
        name: file.name,
        size: isKnown ? (file.size ?? 0) : 0,
        prev_name: isKnown ? file.previousName : null,
        "times.modified": times === null ? null : times.modified,
        "times.accessed": times === null ? null : times.accessed,
        "times.created": times === null ? null : times.created,
        "times.changed": times === null ? null : times.changed,
        share: tree?.path ?? null,
        user: session.user,
        status: status === null ? null : ntStatusName(status),
        outcome: outcomeOf(status),
        dialect: session.dialect,
        session_id: sessionText(session),
        tree_id: treeText(tree),
        encrypted: isEncrypted(session, tree),
        bytes_read: file.bytesRead,
        bytes_written: file.bytesWritten,
        disposition: dispositionText(file),
        create_action: createActionText(file),
        desired_access: accessTexts(file),
        delete_on_close: file.deleteOnClose,
        is_dir: file.isDirectory,
        snapshot: file.snapshot,
      },
      exchange.from,
      exchange.to,
    );
  }
}

function sessionColumns(session: Session, tree: Tree | null) {
  return {
    user: session.user,
    status: null,
    outcome: null,
    dialect: session.dialect,
    session_id: sessionText(session),
    tree_id: treeText(tree),
    encrypted: isEncrypted(session, tree),
  };
}

function answerColumns(status: number | null): { status: string | null; outcome: Outcome } {
  return { status: status === null ? null : ntStatusName(status), outcome: outcomeOf(status) };
}

function sessionText({ id }: Session): string | null {
  return id === "" ? null : id;
}

function treeText(tree: Tree | null): string | null {
  return tree === null || tree.id === NO_TREE ? null : `0x${tree.id.toString(16).padStart(8, "0")}`;
}

function isEncrypted(session: Session, tree: Tree | null): boolean {
  return session.isEncrypted || (tree?.isEncrypted ?? false);
}

function dispositionText({ disposition }: OpenFile): string | null {
  return disposition === null ? null : dispositionName(disposition);
}

function createActionText({ createAction }: OpenFile): string | null {
  return createAction === null ? null : createActionName(createAction);
}

function accessTexts({ desiredAccess }: OpenFile): readonly string[] | null {
  return desiredAccess === null ? null : accessRights(desiredAccess);
}

/** The key's octets (one a character) as hexadecimal. */
function handleText(handle: string): string {
  return Buffer.from(handle, "latin1").toString("hex");
}

const EMPTY_OPERATION = {
  path: null,
  name: null,
  target: null,
  share_type: null,
  size: null,
  disposition: null,
  create_action: null,
  desired_access: null,
  delete_on_close: null,
  is_dir: null,
  snapshot: null,
  reads: null,
  writes: null,
  read_end: null,
  write_start: null,
  write_end: null,
  magic: null,
  handle: null,
  entropy_read: null,
  entropy_written: null,
  chi_square_read: null,
  chi_square_written: null,
} as const;
