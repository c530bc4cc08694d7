import { DETECTIONS } from "../../detections/index.ts";
import { command, jsonOption } from "../options.ts";
import { print, printJson, tableText } from "../terminal.ts";

export function detectionsCommand() {
  return command("detections", "the catalogue of detections", "backtrail detections --json")
    .addOption(jsonOption())
    .action((options: { json?: boolean }) => {
      if (options.json === true) {
        printJson(DETECTIONS);
        return;
      }
      const rows = DETECTIONS.map((detection) => [
        detection.id,
        detection.phase,
        detection.severity,
        detection.attack.join(" "),
        detection.needs.join(" "),
        detection.title,
      ]);
      print(tableText(["id", "phase", "severity", "ATT&CK", "needs", "title"], rows));
    });
}
