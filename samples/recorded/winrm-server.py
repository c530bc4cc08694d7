"""A stand-in for Windows Remote Management: answers what the sample asks, with no shell behind it. winrm-server.py ADDRESS"""
import base64, http.server, re, struct, sys, uuid

SHELL = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell"
OUTPUT = {"vssadmin": b"Successfully deleted 3 shadow copies.\r\n", "hostname": b"bkp01\r\n"}
STATE = '<Obj RefId="0"><MS><I32 N="PipelineState">4</I32></MS></Obj>'
POOL = "11223344-5566-7788-99aa-bbccddeeff00"


def psrp(number, kind, data):
    """One message of the server in one fragment. [MS-PSRP] 2.2.1 and 2.2.4"""
    message = struct.pack("<II", 1, kind) + uuid.UUID(POOL).bytes_le + bytes(16) + data.encode()
    return base64.b64encode(struct.pack(">QQBI", number, 0, 3, len(message)) + message).decode()


class Answer(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "Microsoft-HTTPAPI/2.0", ""
    commands = {}

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        if self.headers["Authorization"] != "Basic " + base64.b64encode(b"backupadm:s3cret").decode():
            return self.answer(401, "")
        action = re.search(r"Action[^>]*>([^<]*)", body)[1].rsplit("/", 1)[1]
        resource = re.search(r"ResourceURI[^>]*>([^<]*)", body)[1]
        status, answer = getattr(self, action)(body, resource)
        asked = re.search(r"MessageID>([^<]*)", body)[1]
        header = f'<a:RelatesTo xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing">{asked}</a:RelatesTo>'
        names = 'xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:rsp="' + SHELL + '"'
        self.answer(status, f"<s:Envelope {names}><s:Header>{header}</s:Header><s:Body>{answer}</s:Body></s:Envelope>")

    def Create(self, body, resource):
        if "/wmi/" in resource:
            fault = '<s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value xmlns:w="w">w:AccessDenied</s:Value></s:Subcode>'
            return 500, fault + '</s:Code><s:Reason><s:Text xml:lang="en-US">Access is denied.</s:Text></s:Reason></s:Fault>'
        return 200, f'<rsp:Shell><rsp:Selector Name="ShellId">{POOL}</rsp:Selector><rsp:ShellId>{POOL}</rsp:ShellId></rsp:Shell>'

    def Command(self, body, resource):
        given = re.search(r'CommandId="([^"]*)"', body)
        name = given[1] if given else str(uuid.uuid4()).upper()
        command = re.search(r"<rsp:Command>([^<]*)", body)
        self.commands[name] = command[1].split()[0] if command and command[1] else ""
        return 200, f"<rsp:CommandResponse><rsp:CommandId>{name}</rsp:CommandId></rsp:CommandResponse>"

    def Receive(self, body, resource):
        name = re.search(r'CommandId="([^"]*)"', body)[1]
        output = base64.b64encode(OUTPUT.get(self.commands[name], b"")).decode()
        if "/powershell/" in resource:
            output = psrp(1, 0x00041004, "<S>Stopped</S>") + "</rsp:Stream>"
            output += f'<rsp:Stream Name="stdout" CommandId="{name}">' + psrp(2, 0x00041006, STATE)
        stream = f'<rsp:Stream Name="stdout" CommandId="{name}">{output}</rsp:Stream>'
        state = f'<rsp:CommandState CommandId="{name}" State="{SHELL}/CommandState/Done"><rsp:ExitCode>0</rsp:ExitCode></rsp:CommandState>'
        return 200, f"<rsp:ReceiveResponse>{stream}{state}</rsp:ReceiveResponse>"

    def Signal(self, body, resource):
        return 200, "<rsp:SignalResponse/>"

    def Delete(self, body, resource):
        return 200, ""

    def answer(self, status, body):
        self.send_response(status)
        if status == 401:
            self.send_header("WWW-Authenticate", 'Basic realm="WSMAN"')
        else:
            self.send_header("Content-Type", "application/soap+xml;charset=UTF-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_):
        pass


http.server.ThreadingHTTPServer((sys.argv[1], 5985), Answer).serve_forever()
