import type { Result } from "../../core/contracts/result.ts";
import { call } from "../data/client.ts";

/** How far the sending of several files is. */
export interface Sending {
  readonly name: string;
  /** 1 for the first. */
  readonly number: number;
  readonly count: number;
  readonly octetsSent: number;
  readonly octetsTotal: number;
  readonly octetsPerSecond: number;
}

/**
 * Sends files to the engine of this machine, one after the other; the browser reads them from the disk as they go.
 * @returns the ids under which they can be analysed, or why they cannot; after an abort nothing is left of them.
 */
export async function sendFiles(
  files: readonly File[],
  signal: AbortSignal,
  onProgress: (sending: Sending) => void,
): Promise<Result<readonly string[]>> {
  const octetsTotal = files.reduce((sum, { size }) => sum + size, 0);
  const began = performance.now();
  const ids: string[] = [];
  let before = 0;
  for (const [i, file] of files.entries()) {
    const announced = await call("offer.announce", { name: file.name, octets: file.size });
    const tell = (octets: number) =>
      onProgress({
        name: file.name,
        number: i + 1,
        count: files.length,
        octetsSent: before + octets,
        octetsTotal,
        octetsPerSecond: ((before + octets) * 1000) / Math.max(1, performance.now() - began),
      });
    tell(0);
    if (announced.ok) ids.push(announced.value.id);
    const sent = announced.ok ? await put(announced.value.id, file, signal, tell) : announced;
    if (!sent.ok) {
      if (ids.length > 0) await call("offer.remove", { offers: ids });
      return sent;
    }
    before += file.size;
  }
  return { ok: true, value: ids };
}

function put(id: string, file: File, signal: AbortSignal, tell: (octets: number) => void): Promise<Result<unknown>> {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest(); // fetch does not tell how far an upload is
    const fail = (message: string) => resolve({ ok: false, error: { code: "not-sent", message } });
    request.open("PUT", `captures/${id}`);
    request.setRequestHeader("content-type", "application/octet-stream");
    request.responseType = "json";
    request.upload.onprogress = ({ loaded }) => tell(loaded);
    request.onload = () => {
      const answer = request.response as Result<unknown> | null;
      if (answer === null) fail(`The engine refused ${file.name} (${request.status}): reload the page.`);
      else resolve(answer);
    };
    request.onerror = () =>
      fail(`${file.name} could not be sent: look whether "backtrail serve" still runs and the file can be read.`);
    request.onabort = () => fail("cancelled");
    signal.addEventListener("abort", () => request.abort());
    if (signal.aborted) request.abort();
    else request.send(file);
  });
}
