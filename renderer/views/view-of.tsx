import type { ReactNode } from "react";
import { useBench } from "../bench.ts";
import type { ViewName } from "../data/place.ts";
import { Message } from "../frame/message.tsx";
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

/** Views that have nothing to say of a case without packets. */
const OF_PACKETS: ReadonlySet<ViewName> = new Set(["Timeline", "Movement", "Exfiltration", "Sessions", "Files"]);

/** The view of a name. */
export function ViewOf({ name }: { name: ViewName }) {
  const { story, go } = useBench();
  if (story.coverage.packets === 0 && OF_PACKETS.has(name))
    return (
      <Message
        title="No packets"
        text="No packet was read into this case, so there is nothing to show here. Evidence lists its captures and what is wrong with them; further ones can be dropped on the window."
      >
        <button onClick={() => go({ view: "Evidence" })}>Look at the evidence</button>
      </Message>
    );
  const View = VIEW[name];
  return <View />;
}
