import type { ReactNode } from "react";
import type { ViewName } from "../data/place.ts";
import { EstateView } from "./estate/estate-view.tsx";
import { EvidenceView } from "./evidence/evidence-view.tsx";
import { ExfiltrationView } from "./exfiltration/exfiltration-view.tsx";
import { FilesView } from "./files/files-view.tsx";
import { LiveView } from "./live/live-view.tsx";
import { MovementView } from "./movement/movement-view.tsx";
import { ReportView } from "./report/report-view.tsx";
import { SessionsView } from "./sessions/sessions-view.tsx";
import { SqlView } from "./sql/sql-view.tsx";
import { StoryView } from "./story/story-view.tsx";
import { TimelineView } from "./timeline/timeline-view.tsx";

const VIEW: Readonly<Record<ViewName, () => ReactNode>> = {
  Story: StoryView,
  Timeline: TimelineView,
  Movement: MovementView,
  Exfiltration: ExfiltrationView,
  Estate: EstateView,
  Sessions: SessionsView,
  Files: FilesView,
  Evidence: EvidenceView,
  Report: ReportView,
  Live: LiveView,
  SQL: SqlView,
};

/** The view of a name. */
export function ViewOf({ name }: { name: ViewName }) {
  const View = VIEW[name];
  return <View />;
}
