import type { ArgumentReader } from "./interface.ts";
import { operations } from "./interface.ts";

/** [MS-EVEN6] 3.1.4.16: a handle, the channel, and a file to back it up to. */
const clear: ArgumentReader = (ndr, call) => {
  ndr.handle();
  call.facts.target = ndr.wideString();
  const file = ndr.uniqueWideString();
  if (!ndr.truncated && file) call.facts.detail = `backup to ${file}`;
};

/** [MS-EVEN6] 3.1.4.21 */
const channel: ArgumentReader = (ndr, call) => {
  call.facts.target = ndr.wideString();
};

/** [MS-EVEN6] 3.1.4.12, 3.1.4.8: a path and a query. */
const query: ArgumentReader = (ndr, call) => {
  call.facts.target = ndr.uniqueWideString();
  call.facts.command = ndr.wideString();
};

/** Event log of Windows Vista and later. [MS-EVEN6] */
export const evtService = {
  uuid: "f6beaff7-1e19-4fbb-9f8f-b89e2018337c",
  name: "IEventService",
  operations: operations(`
    EvtRpcRegisterRemoteSubscription EvtRpcRemoteSubscriptionNextAsync EvtRpcRemoteSubscriptionNext
    EvtRpcRemoteSubscriptionWaitAsync EvtRpcRegisterControllableOperation EvtRpcRegisterLogQuery EvtRpcClearLog
    EvtRpcExportLog EvtRpcLocalizeExportLog EvtRpcMessageRender EvtRpcMessageRenderDefault EvtRpcQueryNext
    EvtRpcQuerySeek EvtRpcClose EvtRpcCancel EvtRpcAssertConfig EvtRpcRetractConfig EvtRpcOpenLogHandle
    EvtRpcGetLogFileInfo EvtRpcGetChannelList EvtRpcGetChannelConfig EvtRpcPutChannelConfig EvtRpcGetPublisherList
    EvtRpcGetPublisherListForChannel EvtRpcGetPublisherMetadata EvtRpcGetPublisherResourceMetadata
    EvtRpcGetEventMetadataEnum EvtRpcGetNextEventMetadata EvtRpcGetClassicLogDisplayName`),
  requests: { 5: query, 6: clear, 17: channel, 20: channel, 21: channel },
} as const;
