// Entry of the thread that sets a PDF: takes what is to be set as its data, and answers with the octets or with what went wrong.
import { parentPort, workerData } from "node:worker_threads";
import { BacktrailError } from "../../contracts/result.ts";
import type { PdfAnswer, PdfWork } from "./pdf-thread.ts";
import { reportPdf } from "./report-pdf.ts";

const { model, template, paper } = workerData as PdfWork;

function answer(): PdfAnswer {
  try {
    return { pdf: new Uint8Array(reportPdf(model, template, paper)) };
  } catch (error) {
    if (error instanceof BacktrailError) return { code: error.code, message: error.message };
    throw error;
  }
}

parentPort?.postMessage(answer());
