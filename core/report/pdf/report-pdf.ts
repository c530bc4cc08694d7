import { createRequire } from "node:module";
import { BacktrailError } from "../../contracts/result.ts";
import type { ReportModel } from "../model.ts";
import { reportDocument } from "../report-document.ts";
import type { ReportTemplate } from "../templates.ts";
import { readFonts } from "./fonts.ts";
import { printedDocument } from "./printed-document.ts";
import { TYPESETTING } from "./typesetting.ts";

/** Sheets that the report can be set on. */
export const PAPERS = ["a4", "us-letter"] as const;
export type Paper = (typeof PAPERS)[number];

/** Pixels of a figure's own text over the width of the page: its letters are then as small as the tables'. */
const FIGURE_WIDTH = 700;

interface Compiler {
  mapShadow(path: string, content: Buffer): void;
  pdf(document: { mainFileContent: string }, options: { pdfStandard: string }): Buffer;
  evictCache(maxAge: number): void;
}

interface CompilerModule {
  readonly NodeCompiler: {
    create(options: { workspace: string; fontArgs: { fontBlobs: readonly Buffer[] }[] }): Compiler;
  };
}

/**
 * The report as a PDF (PDF/UA-1: tagged, bookmarked, fonts embedded). The same model gives the same octets.
 * @throws BacktrailError `no-typesetter` where the setter's module for this machine is not installed.
 */
export function reportPdf(model: ReportModel, template: ReportTemplate, paper: Paper): Buffer {
  const fonts = readFonts();
  const report = printedDocument(reportDocument(model, template, FIGURE_WIDTH), fonts.characters, paper);
  const compiler = typesetter().NodeCompiler.create({ workspace: "/", fontArgs: [{ fontBlobs: fonts.files }] });
  compiler.mapShadow("/report.json", Buffer.from(JSON.stringify(report)));
  try {
    return compiler.pdf({ mainFileContent: TYPESETTING }, { pdfStandard: "ua-1" });
  } catch (error) {
    // The setter's words stand in `code`; its message is empty.
    const reason = String((error as { code?: unknown }).code ?? error);
    throw new BacktrailError(
      "not-set",
      `The report could not be set as a PDF (${reason.slice(0, 400)}): write it as .html instead, and tell us.`,
      { kind: "work", cause: error },
    );
  } finally {
    compiler.evictCache(0);
  }
}

/** Loaded only when a PDF is asked for: it is large, and native. */
function typesetter(): CompilerModule {
  try {
    return createRequire(import.meta.url)("@myriaddreamin/typst-ts-node-compiler") as CompilerModule;
  } catch (error) {
    throw new BacktrailError(
      "no-typesetter",
      "The typesetter for PDF has no module for this machine: write the report as .html and print it from a browser.",
      { kind: "work", cause: error },
    );
  }
}
