import { createServer, type Server } from "node:http";
import type { RecordingStatus } from "../../contracts/recording.ts";
import { BacktrailError } from "../../contracts/result.ts";

/**
 * Serves `/health` (200 while frames are recorded without any alarm, else 503, as JSON) and `/metrics` (Prometheus) on loopback.
 * @throws BacktrailError where the port is taken.
 */
export async function serveHealth(port: number, health: () => RecordingStatus): Promise<Server> {
  const server = createServer((request, response) => {
    // A page in a browser of this machine could ask by a name of its own: only addresses of loopback are answered.
    const host = (request.headers.host ?? "").replace(/:\d+$/, "");
    if (request.method !== "GET" || !["127.0.0.1", "localhost"].includes(host))
      return void response.writeHead(403).end();
    switch (request.url) {
      case "/health": {
        const status = health();
        const isWell = status.recorder?.state === "recording" && status.recorder.alarms.length === 0;
        response.writeHead(isWell ? 200 : 503, { "Content-Type": "application/json" });
        return void response.end(`${JSON.stringify({ ok: isWell, ...status })}\n`);
      }
      case "/metrics":
        response.writeHead(200, { "Content-Type": "text/plain; version=0.0.4; charset=utf-8" });
        return void response.end(metricsText(health()));
      default:
        return void response.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error) =>
      reject(
        new BacktrailError(
          "health-port",
          `Port ${port} cannot be served on 127.0.0.1 (${error.message}): choose another (--health).`,
        ),
      ),
    );
    server.listen(port, "127.0.0.1", resolve);
  });
  server.unref();
  return server;
}

type Sample = readonly [labels: Readonly<Record<string, string>>, value: number];

/** Metrics in Prometheus' text format. */
export function metricsText({ recorder, analysis, alerts }: RecordingStatus): string {
  const lines: string[] = [];
  const metric = (name: string, kind: "gauge" | "counter", help: string, samples: readonly Sample[]): void => {
    if (samples.length === 0) return;
    lines.push(`# HELP backtrail_${name} ${help}`, `# TYPE backtrail_${name} ${kind}`);
    for (const [labels, value] of samples) {
      const text = Object.entries(labels).map(([key, label]) => `${key}="${label.replace(/[\\"\n]/g, "_")}"`);
      lines.push(`backtrail_${name}${text.length === 0 ? "" : `{${text.join(",")}}`} ${value}`);
    }
  };
  const interfaces = recorder?.interfaces ?? [];
  metric("recording", "gauge", "1 while frames are recorded.", [[{}, recorder?.state === "recording" ? 1 : 0]]);
  metric(
    "interface_up",
    "gauge",
    "1 while the interface is recorded.",
    interfaces.map((i) => [{ interface: i.name }, i.state === "recording" ? 1 : 0]),
  );
  metric(
    "packets_total",
    "counter",
    "Frames recorded.",
    interfaces.map((i) => [{ interface: i.name }, i.packets]),
  );
  metric(
    "octets_total",
    "counter",
    "Octets on the wire of the frames recorded.",
    interfaces.map((i) => [{ interface: i.name }, i.octets]),
  );
  metric(
    "lost_total",
    "counter",
    "Frames lost, by who lost them.",
    interfaces.flatMap(({ name, losses }): Sample[] => [
      ...(losses.kernel === null ? [] : [[{ interface: name, by: "kernel" }, losses.kernel] as const]),
      [{ interface: name, by: "interface" }, losses.driver],
      [{ interface: name, by: "recorder" }, losses.own],
    ]),
  );
  if (recorder !== null) {
    metric("segments", "gauge", "Closed segments on the disk.", [[{}, recorder.ring.segments]]);
    metric("segments_octets", "gauge", "Octets of closed segments.", [[{}, recorder.ring.octets]]);
    metric("disk_free_octets", "gauge", "Free octets where segments are written.", [[{}, recorder.diskFreeOctets]]);
    metric("queued_octets", "gauge", "Octets waiting to be written.", [[{}, recorder.queuedOctets]]);
    metric("backlog_octets", "gauge", "Octets in files of the drivers, waiting to be put into segments.", [
      [{}, recorder.backlogOctets],
    ]);
    metric("alarms", "gauge", "What is wrong now.", [[{}, recorder.alarms.length]]);
  }
  if (analysis !== null) {
    metric("analysis_behind_octets", "gauge", "Octets recorded and not analysed yet.", [[{}, analysis.behindOctets]]);
    metric("analysis_lag_seconds", "gauge", "How far the newest frame analysed lies back.", [
      [{}, analysis.lagSeconds],
    ]);
    metric("analysis_up", "gauge", "1 while an analysis runs and says how it stands.", [
      [{}, analysis.isRunning ? 1 : 0],
    ]);
    metric("findings", "gauge", "Findings of the case.", [[{}, analysis.findings]]);
    metric("evaluation_seconds", "gauge", "How long detections took over all records the last time.", [
      [{}, analysis.evaluationSeconds],
    ]);
    metric("prompt_seconds", "gauge", "How long detections took over the latest records the last time.", [
      [{}, analysis.promptSeconds],
    ]);
    metric("segments_shed_total", "counter", "Segments left out because analysis could not keep up.", [
      [{}, analysis.segmentsShed],
    ]);
  }
  metric(
    "alerts_waiting",
    "gauge",
    "Alerts that a destination has not taken.",
    alerts.map((a) => [{ destination: a.name }, a.waiting]),
  );
  metric(
    "alerts_delivered_total",
    "counter",
    "Alerts delivered.",
    alerts.map((a) => [{ destination: a.name }, a.delivered]),
  );
  metric(
    "alerts_rejected_total",
    "counter",
    "Alerts that a destination refused.",
    alerts.map((a) => [{ destination: a.name }, a.rejected]),
  );
  return `${lines.join("\n")}\n`;
}
