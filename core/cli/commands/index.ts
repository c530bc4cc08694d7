import type { Command } from "commander";
import { analyzeCommand } from "./analyze.ts";
import { detectionsCommand } from "./detections.ts";
import { findingsCommand } from "./findings.ts";
import { queryCommand } from "./query.ts";
import { reportCommand } from "./report.ts";
import { serveCommand } from "./serve.ts";
import { storyCommand } from "./story.ts";
import { verifyCommand } from "./verify.ts";

/** Every command, in the order of the help. */
export const COMMANDS: readonly (() => Command)[] = [
  analyzeCommand,
  storyCommand,
  findingsCommand,
  queryCommand,
  reportCommand,
  verifyCommand,
  serveCommand,
  detectionsCommand,
];
