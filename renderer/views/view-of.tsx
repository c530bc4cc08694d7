import type { ViewName } from "../data/place.ts";
import { EvidenceView } from "./evidence/evidence-view.tsx";
import { SessionsView } from "./sessions/sessions-view.tsx";
import { StoryView } from "./story/story-view.tsx";
import { TimelineView } from "./timeline/timeline-view.tsx";

/** The view of a name. */
export function ViewOf({ name }: { name: ViewName }) {
  switch (name) {
    case "Story":
      return <StoryView />;
    case "Timeline":
      return <TimelineView />;
    case "Sessions":
      return <SessionsView />;
    case "Evidence":
      return <EvidenceView />;
    default:
      return null;
  }
}
