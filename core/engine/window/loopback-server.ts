import { randomBytes, timingSafeEqual } from "node:crypto";
import { createReadStream, readFileSync } from "node:fs";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { pipeline } from "node:stream/promises";
import type { Result } from "../../contracts/result.ts";
import { cancellable } from "../../case/cancellation.ts";
import { BacktrailError } from "../../contracts/result.ts";
import { answer } from "./api-handlers.ts";
import { resultOf } from "./checked-call.ts";
import type { CarvedSlice } from "./slices.ts";
import type { WindowCase } from "./window-case.ts";
import { isLookup } from "./window-case.ts";
import { windowFile, windowFolder, WINDOW_HEADERS } from "./window-files.ts";

const MOST_BODY_OCTETS = 64 * 1024;

/** A running window server. */
export interface LoopbackServer {
  /** Address to open once; the token in it is used up by the first visit. */
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Serves the window to a browser on this machine: bound to 127.0.0.1, one-time token for the first visit, then a cookie
 * that scripts cannot read; Host and Origin are checked, and there is no other door.
 * @param port 0 for any free one.
 * @throws BacktrailError `port-taken`, `window-missing`.
 */
export async function serveWindow(shown: WindowCase, port: number): Promise<LoopbackServer> {
  const folder = windowFolder();
  const token = randomBytes(32);
  const session = randomBytes(32).toString("base64url");
  // Browsers send cookies to every port of a host: windows beside each other need names of their own.
  const cookie = () => `backtrail-${portOf(server)}`;
  let tokenUsed = false;
  const server = createServer((request, response) => {
    void handle(request, response).catch(() => {
      if (!response.headersSent) response.writeHead(500);
      response.end();
    });
  });

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const own = [`127.0.0.1:${portOf(server)}`, `localhost:${portOf(server)}`];
    const { host, origin } = request.headers;
    if (host === undefined || !own.includes(host)) return plain(response, 403, "Wrong host.");
    if (origin !== undefined && !own.some((name) => origin === `http://${name}`))
      return plain(response, 403, "Wrong origin.");
    const path = request.url ?? "/";
    if (!path.startsWith("/")) return plain(response, 400, "A path, please."); // the absolute form is for proxies
    const url = new URL(`http://${host}${path}`);
    const given = url.searchParams.get("token");
    if (request.method === "GET" && url.pathname === "/" && given !== null) {
      if (tokenUsed || !isSame(Buffer.from(given, "base64url"), token))
        return refuse(
          request,
          response,
          "This address was used already",
          `The browser that opened it first goes on at http://127.0.0.1:${portOf(server)}/. For another one, end backtrail serve and start it again: it prints a new address.`,
        );
      tokenUsed = true;
      response.writeHead(303, {
        ...WINDOW_HEADERS,
        location: "/",
        "set-cookie": `${cookie()}=${session}; HttpOnly; SameSite=Strict; Path=/`,
      });
      response.end();
      return;
    }
    if (!hasSession(request, cookie(), session))
      return refuse(
        request,
        response,
        "This browser has no right to the window",
        "Open the address that backtrail serve printed when it was started; each is good for one browser.",
      );
    if (request.method === "POST" && url.pathname.startsWith("/api/")) {
      if (request.headers["content-type"] !== "application/json") return plain(response, 415, "JSON only.");
      const body = await bodyOf(request);
      if (body === null) return plain(response, 413, "Too long.");
      const method = url.pathname.slice(5);
      const work = () => answer(shown.handlers, method, parsed(body));
      const gone = new AbortController();
      response.once("close", () => gone.abort()); // by then it is answered, or nobody waits for the answer
      const result = await (isLookup(method) ? cancellable(gone.signal, work) : work());
      return json(response, result);
    }
    if (request.method === "PUT" && url.pathname.startsWith("/captures/")) {
      if (request.headers["content-type"] !== "application/octet-stream") return plain(response, 415, "Octets only.");
      const result = await resultOf(() => shown.offers.receive(url.pathname.slice(10), request));
      if (!request.complete) response.setHeader("connection", "close"); // the rest is not read
      return json(response, result.ok ? { ok: true, value: null } : result);
    }
    if (request.method !== "GET") return plain(response, 405, "GET, POST or PUT only.");
    if (url.pathname.startsWith("/slices/")) return sendSlice(response, shown.carved(url.pathname.slice(8)));
    sendFile(response, folder, url.pathname === "/" ? "/index.html" : url.pathname);
  }

  server.requestTimeout = 0; // a capture of many gigabytes takes longer than any request else would
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const message = `Port ${port} on 127.0.0.1 cannot be used (${error.code ?? error.message}): give another with --port, or 0 for any.`;
      reject(new BacktrailError("port-taken", message, { cause: error }));
    });
    server.listen(port, "127.0.0.1", resolve);
  });
  const used = portOf(server);
  return {
    url: `http://127.0.0.1:${used}/?token=${token.toString("base64url")}`,
    port: used,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function sendFile(response: ServerResponse, folder: string, path: string): void {
  const found = windowFile(folder, path);
  if (found === null) return plain(response, 404, "Not found.");
  // A browser asks for the page's icon with each change of the address.
  const isIcon = found.type === "image/svg+xml";
  response.writeHead(200, {
    ...WINDOW_HEADERS,
    "content-type": found.type,
    ...(isIcon && { "cache-control": "private, max-age=86400" }),
  });
  response.end(readFileSync(found.file));
}

function sendSlice(response: ServerResponse, slice: CarvedSlice | undefined): void {
  if (slice === undefined) return plain(response, 404, "These packets are not kept any more: carve them again.");
  response.writeHead(200, {
    ...WINDOW_HEADERS,
    "content-type": "application/octet-stream",
    "content-length": slice.octets,
    "content-disposition": `attachment; filename="${slice.name}"`,
  });
  pipeline(createReadStream(slice.path), response).catch(() => response.destroy());
}

function json(response: ServerResponse, result: Result<unknown>): void {
  response.writeHead(200, { ...WINDOW_HEADERS, "content-type": "application/json; charset=utf-8" });
  response.end(JSON.stringify(result));
}

/** Says no: as a page to a person, as a line to a program. Both texts are ours. */
function refuse(request: IncomingMessage, response: ServerResponse, title: string, text: string): void {
  if (request.headers.accept?.includes("text/html") !== true) return plain(response, 403, `${title}. ${text}`);
  response.writeHead(403, { ...WINDOW_HEADERS, "content-type": "text/html; charset=utf-8" });
  response.end(
    `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="color-scheme" content="light dark"><title>Backtrail</title><h1>${title}</h1><p>${text}</p></html>\n`,
  );
}

function plain(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { ...WINDOW_HEADERS, "content-type": "text/plain; charset=utf-8" });
  response.end(`${text}\n`);
}

function hasSession(request: IncomingMessage, name: string, session: string): boolean {
  const cookies = (request.headers.cookie ?? "").split(/;\s*/);
  return cookies.some(
    (cookie) =>
      cookie.startsWith(`${name}=`) && isSame(Buffer.from(cookie.slice(name.length + 1)), Buffer.from(session)),
  );
}

function isSame(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}

async function bodyOf(request: IncomingMessage): Promise<string | null> {
  const parts: Buffer[] = [];
  let octets = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    octets += part.length;
    if (octets > MOST_BODY_OCTETS) return null;
    parts.push(part);
  }
  return Buffer.concat(parts).toString("utf8");
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // the schema refuses it with a sentence
  }
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}
