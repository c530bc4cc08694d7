import { setPriority } from "node:os";
import { verifyRecording } from "./verify-recording.ts";

/** Entry of the process that checks a recording, at the lowest priority: its argument is the recording's folder. */
setPriority(19);
const [, , folder = "."] = process.argv;
const check = verifyRecording(folder);
process.send?.(check, () => process.disconnect());
