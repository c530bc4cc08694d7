import { useEffect, useEffectEvent, useRef, useState } from "react";
import type { Analysis } from "../../core/contracts/desk.ts";
import type { EarlyFindings } from "../../core/contracts/progress.ts";
import { countOf, countText, dateTime, octetsText, timeSpan, visible } from "../../core/contracts/text-forms.ts";
import { shell, shellCall } from "../data/client.ts";
import { Dialog } from "../frame/dialog.tsx";
import { Wire } from "../wire.tsx";
import { droppedFiles } from "./dropped-files.ts";
import type { Sending } from "./send-file.ts";
import type { Intake as Waiting } from "./use-intake.ts";
import { isRunning, useIntake } from "./use-intake.ts";
import "./intake.css";

/** Where captures come in: dropped, chosen (Ctrl+Shift+O) or handed over by the desktop; and how far their analysis is. */
export function Intake() {
  const intake = useIntake();
  const { desk, files, sending, problem } = intake;
  const [isOver, setOver] = useState(false);
  const chooser = useRef<HTMLInputElement>(null);
  useDrop(setOver, intake.take);
  useChooseKey(() => (shell === null ? chooser.current?.click() : void shellCall("shell.chooseCaptures", {})));
  const ready = desk?.offers.filter(({ state }) => state === "ready") ?? [];
  const isDeciding = sending === null && !isRunning(desk) && files.length + ready.length > 0;
  const analysis = desk?.analysis ?? null;
  return (
    <>
      <input
        ref={chooser}
        id="choose-captures"
        type="file"
        multiple
        hidden
        aria-label="Captures to read"
        onChange={({ target }) => {
          intake.take([...(target.files ?? [])]);
          target.value = "";
        }}
      />
      {isOver && (
        <div className="drop-target" aria-hidden="true">
          <p>Drop captures to read them{shell === null ? "" : ", or a case folder to open it"}</p>
        </div>
      )}
      {isDeciding && <Decision intake={intake} />}
      {sending !== null && <SendingStrip sending={sending} onCancel={intake.cancelSending} />}
      {sending === null && analysis !== null && <AnalysisStrip analysis={analysis} intake={intake} />}
      {problem !== null && (
        <section className="intake-strip" role="alert">
          <p className="problem">{visible(problem)}</p>
          <button onClick={intake.dismiss}>Close</button>
        </section>
      )}
    </>
  );
}

/** Lines of the list of captures that are shown at most. */
const MOST_LINES = 6;

function Decision({ intake }: { intake: Waiting }) {
  const { desk, files } = intake;
  const captures = [
    ...files.map(({ name, size }) => ({ name, octets: size })),
    ...(desk?.offers.filter(({ state }) => state === "ready") ?? []),
  ];
  const open = desk?.case ?? null;
  const [into, setInto] = useState<"new" | "open">("new");
  const [name, setName] = useState(() =>
    captures[0]!.name.replace(/(\.(pcapng|pcap|cap|ntar))?(\.(gz|zst|lz4))?$/i, ""),
  );
  const octets = captures.reduce((sum, each) => sum + (each.octets ?? 0), 0);
  return (
    <Dialog label="Read captures" onClose={intake.dismiss}>
      <form
        className="decision"
        onSubmit={(event) => {
          event.preventDefault();
          intake.start(into, name.trim());
        }}
      >
        <h2>
          Read {countOf(captures.length, "capture")}
          {octets > 0 && `, ${octetsText(octets)}`}
        </h2>
        <ul>
          {captures.slice(0, MOST_LINES).map((each, i) => (
            <li key={i}>
              <span className="mono">{visible(each.name)}</span>
              <span className="quiet">{each.octets === null ? "folder" : octetsText(each.octets)}</span>
            </li>
          ))}
          {captures.length > MOST_LINES && <li className="quiet">and {captures.length - MOST_LINES} more</li>}
        </ul>
        <label>
          <input type="radio" name="into" checked={into === "new"} onChange={() => setInto("new")} /> Into a new case
          named
        </label>
        <input
          aria-label="Name of the new case"
          value={name}
          maxLength={200}
          disabled={into !== "new"}
          autoFocus
          onChange={({ target }) => setName(target.value)}
        />
        {into === "new" && desk !== null && (
          <p className="quiet">
            in <span className="mono">{visible(desk.casesFolder)}</span>
          </p>
        )}
        {open !== null && (
          <label>
            <input type="radio" name="into" checked={into === "open"} onChange={() => setInto("open")} /> Into the open
            case, {visible(open.name)}
          </label>
        )}
        {files.length > 0 && (
          <p className="quiet">They are copied into the case and hashed as they come; nothing leaves this machine.</p>
        )}
        <p className="buttons">
          <button type="submit" className="primary" disabled={into === "new" && name.trim() === ""}>
            Read
          </button>
          <button type="button" onClick={intake.dismiss}>
            Cancel
          </button>
        </p>
      </form>
    </Dialog>
  );
}

function SendingStrip({ sending, onCancel }: { sending: Sending; onCancel: () => void }) {
  const { name, number, count, octetsSent, octetsTotal, octetsPerSecond } = sending;
  const left = octetsPerSecond === 0 ? null : (octetsTotal - octetsSent) / octetsPerSecond;
  return (
    <section className="intake-strip" aria-label="Sending captures">
      <p role="status">
        Copying <b>{visible(name)}</b>
        {count > 1 && ` (${number} of ${count})`}
      </p>
      <progress aria-label="Copied" value={octetsTotal === 0 ? 0 : octetsSent / octetsTotal} />
      <span className="n">
        {octetsText(octetsSent)} of {octetsText(octetsTotal)}
        {rateText(octetsPerSecond, left)}
      </span>
      <button onClick={onCancel}>Cancel</button>
    </section>
  );
}

function AnalysisStrip({ analysis, intake }: { analysis: Analysis; intake: Waiting }) {
  const { state, captures, name, progress, notes, problem, into } = analysis;
  const what = captures.length === 1 ? visible(captures[0]!) : countOf(captures.length, "capture");
  if (state === "failed")
    return (
      <section className="intake-strip" role="alert">
        <p className="problem">
          {what} could not be read. {visible(problem ?? "")}
        </p>
        <button onClick={intake.dismiss}>Close</button>
      </section>
    );
  if (state === "finished" || state === "stopped")
    return (
      <section className="intake-strip" role="status">
        <p>
          {state === "finished" ? `${what} read into ` : `Stopped: what was read of ${what} is in `}
          <b>{visible(name)}</b>. {notes.map(visible).join(" ")}
        </p>
        <button onClick={intake.dismiss}>Close</button>
      </section>
    );
  const share =
    progress === null || progress.octetsTotal === null || progress.octetsTotal === 0 || progress.stage !== "reading"
      ? null
      : progress.octetsRead / progress.octetsTotal;
  return (
    <section className={into === "open" ? "intake-strip cover" : "intake-strip"} aria-label="Reading captures">
      <p role="status">
        {progress === null ? "Reading" : STAGES[progress.stage]} <b>{what}</b>
        {into === "open" && "; the case is shown again after that"}
      </p>
      <progress aria-label="Read" {...(share !== null && { value: Math.min(1, share) })} />
      {progress !== null && progress.stage === "reading" && (
        <span className="n">
          {octetsText(progress.octetsRead)}
          {progress.octetsTotal !== null && ` of ${octetsText(progress.octetsTotal)}`}
          {rateText(progress.octetsPerSecond, progress.secondsLeft)}
        </span>
      )}
      <button disabled={state === "stopping"} title="What was read until then stays in the case" onClick={intake.stop}>
        {state === "stopping" ? "Stopping…" : "Stop"}
      </button>
      {progress !== null && progress.early !== null && progress.early.count > 0 && <SoFar early={progress.early} />}
    </section>
  );
}

/** Early findings that are listed. */
const MOST_EARLY = 5;

/** What the records so far show; the story takes its place. */
function SoFar({ early: { count, first } }: { early: EarlyFindings }) {
  const shown = first.slice(0, MOST_EARLY);
  return (
    <section className="so-far" aria-label="Findings so far">
      <p>
        <b>So far, preliminary: {countOf(count, "finding")}.</b>{" "}
        <span className="quiet">The story takes their place when all is read.</span>
      </p>
      <ol>
        {shown.map(({ id, severity, tsFirst, explanation }) => (
          <li key={id}>
            <span className={`severity-${severity}`}>{severity}</span>
            <time>{dateTime(tsFirst)}</time>
            <span>
              <Wire text={explanation} most={300} />
            </span>
          </li>
        ))}
        {count > shown.length && <li className="quiet">and {countText(count - shown.length)} more</li>}
      </ol>
    </section>
  );
}

const STAGES = {
  reading: "Reading",
  estate: "Finding the backup estate in",
  detections: "Running the detections over",
  story: "Telling the story of",
} as const;

function rateText(octetsPerSecond: number, secondsLeft: number | null): string {
  if (octetsPerSecond < 1) return "";
  const rate = ` · ${octetsText(Math.round(octetsPerSecond))}/s`;
  return secondsLeft === null || secondsLeft < 1 ? rate : `${rate} · ${timeSpan(Math.round(secondsLeft) * 1e9)} left`;
}

/** Files dropped anywhere in the window. */
function useDrop(setOver: (isOver: boolean) => void, take: (files: readonly File[]) => void): void {
  const onDrop = useEffectEvent((data: DataTransfer) => {
    // The desktop program knows the paths of what was dropped, folders too; a browser only their octets.
    if (shell !== null) take([...data.files]);
    else void droppedFiles(data).then((files) => files.length > 0 && take(files));
  });
  useEffect(() => {
    const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes("Files") ?? false;
    const over = (event: DragEvent) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      setOver(true);
    };
    const leave = (event: DragEvent) => event.relatedTarget === null && setOver(false);
    const drop = (event: DragEvent) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      setOver(false);
      onDrop(event.dataTransfer!);
    };
    window.addEventListener("dragover", over);
    window.addEventListener("dragleave", leave);
    window.addEventListener("drop", drop);
    return () => {
      window.removeEventListener("dragover", over);
      window.removeEventListener("dragleave", leave);
      window.removeEventListener("drop", drop);
    };
  }, [setOver]);
}

/** Ctrl+Shift+O, as the desktop program's menu has it. */
function useChooseKey(choose: () => void): void {
  const onKey = useEffectEvent((event: KeyboardEvent) => {
    if (!(event.ctrlKey || event.metaKey) || !event.shiftKey || event.key.toLowerCase() !== "o") return;
    event.preventDefault();
    choose();
  });
  useEffect(() => {
    const listen = (event: KeyboardEvent) => onKey(event);
    window.addEventListener("keydown", listen);
    return () => window.removeEventListener("keydown", listen);
  }, []);
}
