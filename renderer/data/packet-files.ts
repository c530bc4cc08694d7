import { countOf } from "../../core/contracts/text-forms.ts";
import type { Subject } from "../../core/contracts/window.ts";
import { call, shell, shellCall } from "./client.ts";

/**
 * Gives the packets of a session or finding to the person: where they say in the desktop program, as a download in a browser.
 * @returns what was done or why not, as a sentence; "" if the person thought better of it.
 */
export async function savePackets(subject: Subject, whole: boolean): Promise<string> {
  if (shell !== null) {
    const saved = await shellCall("shell.savePackets", { subject, whole });
    if (!saved.ok) return saved.error.message;
    const { path, frames } = saved.value;
    return path === null ? "" : `${countOf(frames, "packet")} written to ${path}`;
  }
  const made = await call("slice.make", { subject, whole });
  if (!made.ok) return made.error.message;
  const { id, name, frames } = made.value;
  const link = document.createElement("a");
  link.href = `slices/${id}`;
  link.download = name;
  link.click();
  return `${countOf(frames, "packet")} in ${name}`;
}

/** Opens the packets in Wireshark. @returns what was done or why not, as a sentence. */
export async function openInWireshark(subject: Subject, whole: boolean): Promise<string> {
  const opened = await shellCall("shell.openInWireshark", { subject, whole });
  return opened.ok ? `${countOf(opened.value.frames, "packet")} opened in Wireshark` : opened.error.message;
}
