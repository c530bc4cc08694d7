import type { RpcInterface } from "./interface.ts";
import { named } from "./named.ts";

/** Terminal services. [MS-TSTS], [MS-TSGU] */
export const NAMED_TERMINAL: readonly RpcInterface[] = [
  named(
    "5ca4a760-ebb1-11cf-8611-00a0245420ed",
    "winstation_rpc",
    `RpcWinStationOpenServer RpcWinStationCloseServer RpcIcaServerPing RpcWinStationEnumerate RpcWinStationRename
     RpcWinStationQueryInformation RpcWinStationSetInformation RpcWinStationSendMessage RpcLogonIdFromWinStationName
     RpcWinStationNameFromLogonId RpcWinStationConnect RpcWinStationVirtualOpen RpcWinStationBeepOpen
     RpcWinStationDisconnect RpcWinStationReset RpcWinStationShutdownSystem RpcWinStationWaitSystemEvent
     RpcWinStationShadow RpcWinStationShadowTargetSetup RpcWinStationShadowTarget RpcWinStationGenerateLicense
     RpcWinStationInstallLicense RpcWinStationEnumerateLicenses RpcWinStationActivateLicense
     RpcWinStationRemoveLicense RpcWinStationQueryLicense RpcWinStationSetPoolCount RpcWinStationQueryUpdateRequired
     RpcWinStationCallback RpcWinStationGetApplicationInfo RpcWinStationReadRegistry RpcWinStationWaitForConnect
     RpcWinStationNotifyLogon RpcWinStationNotifyLogoff RpcWinStationEnumerateProcesses RpcWinStationAnnoyancePopup
     RpcWinStationEnumerateProcesses RpcWinStationTerminateProcess RpcServerNWLogonSetAdmin
     RpcServerNWLogonQueryAdmin RpcWinStationNtsdDebug RpcWinStationBreakPoint RpcWinStationCheckForApplicationName
     RpcWinStationGetAllProcesses RpcWinStationGetProcessSid RpcWinStationGetTermSrvCountersValue
     RpcWinStationReInitializeSecurity RpcWinStationBroadcastSystemMessage RpcWinStationSendWindowMessage
     RpcWinStationNotifyNewSession RpcServerGetInternetConnectorStatus RpcServerSetInternetConnectorStatus
     RpcServerQueryInetConnectorInformation RpcWinStationGetLanAdapterName RpcWinStationUpdateUserConfig
     RpcWinStationQueryLogonCredentials RpcWinStationRegisterConsoleNotification
     RpcWinStationUnRegisterConsoleNotification RpcWinStationUpdateSettings RpcWinStationShadowStop
     RpcWinStationCloseServerEx RpcWinStationIsHelpAssistantSession RpcWinStationGetMachinePolicy
     RpcWinStationUpdateClientCachedCredentials RpcWinStationFUSCanRemoteUserDisconnect RpcWinStationCheckLoopBack
     RpcConnectCallback RpcWinStationNotifyDisconnectPipe RpcWinStationSessionInitialized
     RpcRemoteAssistancePrepareSystemRestore RpcWinStationGetAllProcesses_NT6 RpcWinStationRegisterNotificationEvent
     RpcWinStationUnRegisterNotificationEvent RpcWinStationAutoReconnect RpcWinStationCheckAccess
     RpcWinStationOpenSessionDirectory`,
  ),
  named("1257b580-ce2f-4109-82d6-a9459d0bf6bc", "SessEnvPublicRpc", "RpcShadow2"),
  named(
    "497d95a6-2d27-4bf5-9bbd-a6046957133c",
    "RCMListener",
    "RpcOpenListener RpcCloseListener RpcStopListener RpcStartListener RpcIsListening",
  ),
  named(
    "bde95fdf-eee0-45de-9e12-e5a61cd0d4fe",
    "RCMPublic",
    `RpcGetClientData RpcGetConfigData RpcGetProtocolStatus RpcGetLastInputTime RpcGetRemoteAddress
     Opnum5NotUsedOnWire Opnum6NotUsedOnWire Opnum7NotUsedOnWire RpcGetAllListeners
     RpcGetSessionProtocolLastInputTime RpcGetUserCertificates RpcQuerySessionData`,
  ),
  named(
    "88143fd0-c28d-4b2b-8fef-8d882f6a9390",
    "TermServEnumeration",
    `RpcOpenEnum RpcCloseEnum RpcFilterByState RpcFilterByCallersName RpcEnumAddFilter RpcGetEnumResult
     RpcFilterBySessionType Opnum7NotUsedOnWire RpcGetSessionIds RpcGetEnumResultEx RpcGetAllSessions
     RpcGetAllSessionsEx`,
  ),
  named(
    "11899a43-2b68-4a76-92e3-a3d6ad8c26ce",
    "TermServNotification",
    `RpcWaitForSessionState RpcRegisterAsyncNotification RpcWaitAsyncNotification RpcUnRegisterAsyncNotification`,
  ),
  named(
    "484809d6-4239-471b-b5bc-61df8c23ac48",
    "TermSrvSession",
    `RpcWaitForSessionState RpcRegisterAsyncNotification RpcWaitAsyncNotification RpcUnRegisterAsyncNotification`,
  ),
  named("53b46b02-c73b-4a3e-8dee-b16b80672fc0", "TSVIPPublic", "RpcGetSessionIP"),
  named(
    "44e265dd-7daf-42cd-8560-3cdb6e7a2729",
    "TsProxyRpcInterface",
    `Opnum0NotUsedOnWire TsProxyCreateTunnel TsProxyAuthorizeTunnel TsProxyMakeTunnelCall TsProxyCreateChannel
     Opnum5NotUsedOnWire TsProxyCloseChannel TsProxyCloseTunnel TsProxySetupReceivePipe TsProxySendToServer`,
  ),
];
