import type { Command } from "commander";

/** Every command by its name, in the order of the help. Each loads what it alone needs. */
export const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  analyze: async () => (await import("./analyze.ts")).analyzeCommand(),
  record: async () => (await import("./record.ts")).recordCommand(),
  story: async () => (await import("./story.ts")).storyCommand(),
  findings: async () => (await import("./findings.ts")).findingsCommand(),
  verdict: async () => (await import("./verdict.ts")).verdictCommand(),
  note: async () => (await import("./note.ts")).noteCommand(),
  logs: async () => (await import("./logs.ts")).logsCommand(),
  query: async () => (await import("./query.ts")).queryCommand(),
  packets: async () => (await import("./packets.ts")).packetsCommand(),
  stream: async () => (await import("./stream.ts")).streamCommand(),
  scope: async () => (await import("./scope.ts")).scopeCommand(),
  evidence: async () => (await import("./evidence.ts")).evidenceCommand(),
  verify: async () => (await import("./verify.ts")).verifyCommand(),
  report: async () => (await import("./report.ts")).reportCommand(),
  key: async () => (await import("./key.ts")).keyCommand(),
  sign: async () => (await import("./sign.ts")).signCommand(),
  stamp: async () => (await import("./stamp.ts")).stampCommand(),
  merge: async () => (await import("./merge.ts")).mergeCommand(),
  import: async () => (await import("./import.ts")).importCommand(),
  serve: async () => (await import("./serve.ts")).serveCommand(),
  detections: async () => (await import("./detections.ts")).detectionsCommand(),
};
