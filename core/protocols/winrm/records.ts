import { recordType } from "../../records/record-type.ts";

const WSMV = "MS-WSMV";
const PSRP = "MS-PSRP";

/** One request through WinRM with its response. */
export const WINRM_RECORD = recordType({
  name: "winrm",
  text: "One request of Windows Remote Management (WS-Management, PowerShell remoting) with its response",
  version: 1,
  layout: "connection",
  columns: {
    operation: {
      kind: "string",
      own: true,
      text: "What is asked, the last part of action",
      example: "Command",
      source: `${WSMV} 3.1.4`,
    },
    action: {
      kind: "string",
      own: true,
      text: "Action of the request",
      example: "http://schemas.microsoft.com/wbem/wsman/1/windows/shell/Command",
    },
    resource_uri: {
      kind: "string",
      own: true,
      text: "What it is done with: a shell, PowerShell, a WMI class",
      example: "http://schemas.microsoft.com/wbem/wsman/1/windows/shell/cmd",
    },
    uri: { kind: "string", own: true, text: "Target of the HTTP request", example: "/wsman" },
    user: { kind: "string", own: true, text: "User that authenticated, as far as the headers show" },
    domain: { kind: "string", own: true, text: "Domain of that user" },
    status_code: {
      kind: "count",
      own: true,
      text: "HTTP status of the response; unset if there was none",
      example: "200",
    },
    shell_id: { kind: "string", own: true, text: "Shell that the request is for, or that the response made" },
    command_id: { kind: "string", own: true, text: "Command of the shell" },
    command_line: {
      kind: "string",
      own: true,
      text: "Program with its arguments, or command line given to a WMI method",
      example: "ipconfig /all",
    },
    working_dir: { kind: "string", own: true, text: "Folder that a shell begins in" },
    selectors: {
      kind: "vector[string]",
      own: true,
      text: "Which one of the resource",
      example: "ShellId=67A74734-DD32-4F10-89DE-49A060483810",
    },
    parameters: { kind: "vector[string]", own: true, text: "Arguments of a WMI method" },
    filter: { kind: "string", own: true, text: "Query of an enumeration", example: "select * from Win32_Service" },
    signal: { kind: "string", own: true, text: "Signal for a command", example: "terminate" },
    command_state: { kind: "string", own: true, text: "State of the command in the response", example: "Done" },
    exit_code: { kind: "int", own: true, text: "Exit code of the command" },
    input_octets: { kind: "count", own: true, unit: "octets", text: "Input and PSRP fragments in the request" },
    output_octets: { kind: "count", own: true, unit: "octets", text: "Output and PSRP fragments in the response" },
    psrp_request: {
      kind: "vector[string]",
      own: true,
      text: "PowerShell messages that were complete with the request",
      example: "CREATE_PIPELINE",
      source: `${PSRP} 2.2.1`,
    },
    psrp_response: {
      kind: "vector[string]",
      own: true,
      text: "PowerShell messages that were complete with the response",
      example: "PIPELINE_OUTPUT,PIPELINE_STATE",
    },
    runspace_pool: { kind: "string", own: true, text: "PowerShell runspace pool", source: `${PSRP} 2.2.1` },
    pipeline: { kind: "string", own: true, text: "Pipeline that the request creates or is for" },
    script: {
      kind: "string",
      own: true,
      text: "Commands and scripts of the pipeline that the request creates",
      example: "Get-Service -Name Veeam*",
      source: `${PSRP} 2.2.2.10`,
    },
    fault: {
      kind: "string",
      own: true,
      text: "Innermost code of the fault in the response",
      example: "w:AccessDenied",
    },
    fault_reason: { kind: "string", own: true, text: "Reason of that fault" },
    sealed_by: {
      kind: "string",
      own: true,
      text: "Authentication that sealed request or response, so that nothing of them can be read",
      example: "SPNEGO",
      source: `${WSMV} 2.2.9.1`,
    },
    request_sealed_octets: { kind: "count", own: true, unit: "octets", text: "Octets of the request that are sealed" },
    response_sealed_octets: {
      kind: "count",
      own: true,
      unit: "octets",
      text: "Octets of the response that are sealed",
    },
    message_id: { kind: "string", own: true, text: "Identifier of the request" },
  },
});
