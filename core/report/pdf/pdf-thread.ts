import { Worker } from "node:worker_threads";
import { BacktrailError } from "../../contracts/result.ts";
import { programEntry } from "../../program/program-files.ts";
import type { ReportModel } from "../model.ts";
import type { ReportTemplate } from "../templates.ts";
import type { Paper } from "./report-pdf.ts";

/** What a thread is to set. */
export interface PdfWork {
  readonly model: ReportModel;
  readonly template: ReportTemplate;
  readonly paper: Paper;
}

export type PdfAnswer = { readonly pdf: Uint8Array } | { readonly code: string; readonly message: string };

/**
 * The same as `reportPdf`, in a thread of its own: setting pages takes seconds, and whoever asked goes on answering meanwhile.
 * @throws BacktrailError as `reportPdf` does.
 */
export async function reportPdfInThread(work: PdfWork): Promise<Uint8Array> {
  const worker = new Worker(programEntry("core/report/pdf/pdf-worker"), { workerData: work, name: "pdf" });
  const given = await new Promise<PdfAnswer>((done, fail) => {
    worker.once("message", done);
    worker.once("error", fail);
    worker.once("exit", (code) => fail(new Error(`the thread that sets the PDF ended with ${code}`)));
  });
  if ("pdf" in given) return given.pdf;
  throw new BacktrailError(given.code, given.message, { kind: "work" });
}
