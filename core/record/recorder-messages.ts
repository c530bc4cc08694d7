import type { RecorderStatus } from "../contracts/recording.ts";
import type { RecordOptions } from "./record-options.ts";
import type { RecordingCheck } from "./verify-recording.ts";

/** What a recorder process is started with. */
export interface RecorderSetup {
  readonly folder: string;
  readonly version: string;
  readonly options: RecordOptions;
}

/** To the recorder process. It also stops on SIGTERM, SIGINT, and when its owner is gone. */
export type ToRecorder =
  | { readonly kind: "start"; readonly setup: RecorderSetup }
  /** What a check of the recording found, for its journal. */
  | { readonly kind: "verified"; readonly check: RecordingCheck }
  | { readonly kind: "stop" };

/** From the recorder process. */
export type FromRecorder =
  | { readonly kind: "status"; readonly status: RecorderStatus }
  | { readonly kind: "refused"; readonly code: string; readonly message: string };
