import { join } from "node:path";
import type { BrowserWindow } from "electron";
import { app, dialog } from "electron";
import type { Result } from "../core/contracts/result.ts";
import type { Subject } from "../core/contracts/window.ts";
import type { EngineHost } from "./engine-host.ts";
import type { Carved } from "./engine-messages.ts";
import { findWireshark, startWireshark } from "./wireshark.ts";

/** Carves packets to a place of the engine's own and opens them in Wireshark. */
export async function openInWireshark(
  engine: EngineHost,
  subject: Subject,
  whole: boolean,
): Promise<Result<{ frames: number }>> {
  const program = findWireshark();
  if (program === null)
    return refused(
      "no-wireshark",
      "Wireshark is not installed here: install it, or save the packets and open them elsewhere.",
    );
  const carved = await engine.order<Carved>({ kind: "carve", subject, whole, path: null });
  if (!carved.ok) return carved;
  try {
    await startWireshark(program, carved.value.path);
  } catch (error) {
    return refused(
      "wireshark",
      `${program} could not be started: ${error instanceof Error ? error.message : String(error)}.`,
    );
  }
  return { ok: true, value: { frames: carved.value.frames } };
}

/** Asks for a file and carves packets into it; `path` is null if the person thought better of it. */
export async function savePackets(
  parent: BrowserWindow,
  engine: EngineHost,
  subject: Subject,
  whole: boolean,
): Promise<Result<{ path: string | null; frames: number }>> {
  const { canceled, filePath } = await dialog.showSaveDialog(parent, {
    title: "Save packets",
    defaultPath: join(app.getPath("downloads"), `${subject.id.replace(/[^A-Za-z0-9-]/g, "_")}.pcapng`),
    filters: [
      { name: "pcapng", extensions: ["pcapng"] },
      { name: "Classic pcap", extensions: ["pcap"] },
    ],
    properties: ["createDirectory", "showOverwriteConfirmation"],
  });
  if (canceled || filePath === "") return { ok: true, value: { path: null, frames: 0 } };
  return engine.order<Carved>({ kind: "carve", subject, whole, path: filePath });
}

function refused(code: string, message: string): { ok: false; error: { code: string; message: string } } {
  return { ok: false, error: { code, message } };
}
