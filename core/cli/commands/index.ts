import type { Command } from "commander";
import { analyzeCommand } from "./analyze.ts";
import { detectionsCommand } from "./detections.ts";
import { evidenceCommand } from "./evidence.ts";
import { findingsCommand } from "./findings.ts";
import { importCommand } from "./import.ts";
import { keyCommand } from "./key.ts";
import { logsCommand } from "./logs.ts";
import { mergeCommand } from "./merge.ts";
import { noteCommand } from "./note.ts";
import { packetsCommand } from "./packets.ts";
import { queryCommand } from "./query.ts";
import { recordCommand } from "./record.ts";
import { reportCommand } from "./report.ts";
import { scopeCommand } from "./scope.ts";
import { serveCommand } from "./serve.ts";
import { signCommand } from "./sign.ts";
import { stampCommand } from "./stamp.ts";
import { storyCommand } from "./story.ts";
import { streamCommand } from "./stream.ts";
import { verdictCommand } from "./verdict.ts";
import { verifyCommand } from "./verify.ts";

/** Every command, in the order of the help. */
export const COMMANDS: readonly (() => Command)[] = [
  analyzeCommand,
  recordCommand,
  storyCommand,
  findingsCommand,
  verdictCommand,
  noteCommand,
  logsCommand,
  queryCommand,
  packetsCommand,
  streamCommand,
  scopeCommand,
  evidenceCommand,
  verifyCommand,
  reportCommand,
  keyCommand,
  signCommand,
  stampCommand,
  mergeCommand,
  importCommand,
  serveCommand,
  detectionsCommand,
];
