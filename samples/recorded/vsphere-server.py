"""A stand-in for an ESXi host: answers the calls of the vSphere Web Services API that the sample makes, with nothing behind them, and says so
in its Server header. vsphere-server.py ADDRESS PORT"""
import http.server, re, sys

FAULTS = {"InvalidLogin": "Cannot complete login due to an incorrect user name or password.", "NoPermission": "Permission to perform this operation was denied."}
CONTENT = "<rootFolder type=\"Folder\">ha-folder-root</rootFolder><sessionManager type=\"SessionManager\">ha-sessionmgr</sessionManager>"


class Answer(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "stand-in-for-esxi/1", ""
    tasks = 0

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        method, rest = re.search(r"<(\w+) xmlns=\"urn:vim25\">(.*)</\1>", body, re.S).groups()
        user = (re.search(r"<userName>([^<]*)", rest) or [None, ""])[1]
        if method == "Login" and "<password>right</password>" not in rest:
            return self.fault("InvalidLogin")
        if method == "DeleteDatastoreFile_Task":
            return self.fault("NoPermission")
        inner = ""
        if method == "Login":
            inner = f"<returnval><key>52d1</key><userName>{user}</userName></returnval>"
        elif method == "RetrieveServiceContent":
            inner = f"<returnval>{CONTENT}</returnval>"
        elif method == "ExportVm":
            inner = '<returnval type="HttpNfcLease">session[52d1]lease-1</returnval>'
        elif method.endswith("_Task"):
            Answer.tasks += 1
            inner = f'<returnval type="Task">haTask-{Answer.tasks}</returnval>'
        self.soap(200, f"<{method}Response xmlns=\"urn:vim25\">{inner}</{method}Response>")

    def do_GET(self):
        self.answer(200, bytes(range(256)) * 16 if self.path.startswith("/nfc/") else b"<html>FS01.vmdk FS01-flat.vmdk</html>")

    def do_DELETE(self):
        self.answer(204, b"")

    def fault(self, name):
        detail = f'<detail><{name}Fault xmlns="urn:vim25" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="{name}"/></detail>'
        self.soap(500, f"<soapenv:Fault><faultcode>ServerFaultCode</faultcode><faultstring>{FAULTS[name]}</faultstring>{detail}</soapenv:Fault>")

    def soap(self, status, inner):
        text = f'<?xml version="1.0" encoding="UTF-8"?>\n<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body>{inner}</soapenv:Body></soapenv:Envelope>'
        self.answer(status, text.encode(), "text/xml; charset=utf-8")

    def answer(self, status, body, kind="application/octet-stream"):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        if self.command == "POST":
            self.send_header("Set-Cookie", 'vmware_soap_session="5201"; Path=/; HttpOnly')
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


http.server.ThreadingHTTPServer((sys.argv[1], int(sys.argv[2])), Answer).serve_forever()
