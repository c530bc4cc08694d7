import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { z } from "zod";
import { ioProblem } from "../case/io-problem.ts";
import { BacktrailError } from "../contracts/result.ts";
import type { StampService } from "../engine/seal.ts";
import { parseYamlFile } from "../report/yaml-file.ts";
import { configFile } from "./config-folder.ts";

/** The user's own file that names the time stamp service. */
const stampFile = () => configFile("stamp.yaml");

const FILE = z.strictObject({
  service: z.url({ protocol: /^https?$/, error: "give the service as http:// or https:// address" }).optional(),
  roots: z.string().min(1).optional(),
  authorization: z.string().min(1).optional(),
});

/** What was said on the command line or in variables; the file says the rest. */
export interface StampChoice {
  readonly service?: string;
  readonly roots?: string;
}

/**
 * The certificates that are trusted to stamp, as PEM.
 * @throws BacktrailError `usage` where neither says which.
 */
export function trustedRoots(choice: StampChoice): string {
  const path = choice.roots ?? configured().roots;
  if (path === undefined)
    throw new BacktrailError(
      "usage",
      `Say with --roots FILE (or roots: in ${stampFile()}) whose certificates are trusted to stamp.`,
    );
  return read(path).toString("utf8");
}

/** The service to ask. @throws BacktrailError `usage` where neither names one. */
export function stampService(choice: StampChoice): StampService {
  const { service, authorization } = configured();
  const url = choice.service ?? service;
  if (url === undefined)
    throw new BacktrailError(
      "usage",
      `Give one of --request FILE, --answer FILE and --service URL, or name a service in ${stampFile()} (docs/custody.md).`,
    );
  // What the file says lets itself into its own service only.
  return url === service && authorization !== undefined ? { url, authorization: secretOf(authorization) } : { url };
}

/** What the user's file says; paths in it are seen from it. */
function configured(): z.infer<typeof FILE> {
  const path = stampFile();
  if (!existsSync(path)) return {};
  const { roots, authorization, ...rest } = parseYamlFile(
    read(path).toString("utf8"),
    path,
    FILE,
    "stamp-file-invalid",
  );
  const place = (file: string) => resolve(dirname(path), file);
  return {
    ...rest,
    ...(roots === undefined ? {} : { roots: place(roots) }),
    ...(authorization === undefined ? {} : { authorization: place(authorization) }),
  };
}

/** `user:password` on the first line of a file that nobody else may read. */
function secretOf(path: string): string {
  const line = read(path).toString("utf8").split(/\r?\n/)[0] ?? "";
  if (process.platform !== "win32" && (statSync(path).mode & 0o077) !== 0)
    throw new BacktrailError("key-open", `${path} can be read by others: chmod 600 ${path}, and change the password.`);
  if (!line.includes(":"))
    throw new BacktrailError("stamp-file-invalid", `${path} does not begin with a line user:password.`);
  return line;
}

function read(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw ioProblem(error, `reading ${path}`);
  }
}
