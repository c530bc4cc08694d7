import { existsSync, statSync } from "node:fs";
import { extname, join, normalize, sep } from "node:path";
import { BacktrailError } from "../../contracts/result.ts";
import { projectFile } from "../../program/program-files.ts";

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
};

/** Headers of every answer to the window, in a browser and in Electron alike: its own files and nothing else. */
export const WINDOW_HEADERS: Readonly<Record<string, string>> = {
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "cache-control": "no-store",
};

/**
 * Folder of the built window.
 * @throws BacktrailError `window-missing`.
 */
export function windowFolder(): string {
  const folder = projectFile("dist/renderer");
  if (!existsSync(join(folder, "index.html"))) {
    throw new BacktrailError(
      "window-missing",
      `The window is not built (${folder} is missing): run npm run setup in the checkout.`,
    );
  }
  return folder;
}

/** The file that a URL's path names, within `folder` and of a known type; null for anything else. */
export function windowFile(folder: string, urlPath: string): { readonly file: string; readonly type: string } | null {
  let path: string;
  try {
    path = decodeURIComponent(urlPath === "/" ? "/index.html" : urlPath);
  } catch {
    return null; // no valid percent-encoding
  }
  const file = normalize(join(folder, path));
  const type = TYPES[extname(file)];
  if (path.includes("\0") || !file.startsWith(folder + sep) || type === undefined) return null;
  return existsSync(file) && statSync(file).isFile() ? { file, type } : null;
}
