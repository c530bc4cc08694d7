"""A stand-in for a Windows server's WinRM: NTLM over HTTP, sealed bodies, and one command that prints a line."""
import base64, hashlib, hmac, re, struct, sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from impacket.ntlm import compute_nthash
from ntlm_auth.rc4 import ARC4
from ntlm_auth.session_security import SessionSecurity

PASSWORD = sys.argv[1]
FLAGS = 0xE28A8235
SHELL = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell"
ID = "11111111-2222-3333-4444-555555555555"
BODIES = {
    "Create": f'<w:SelectorSet><w:Selector Name="ShellId">{ID}</w:Selector></w:SelectorSet><rsp:Shell><rsp:ShellId>{ID}</rsp:ShellId></rsp:Shell>',
    "Command": f"<rsp:CommandResponse><rsp:CommandId>{ID}</rsp:CommandId></rsp:CommandResponse>",
    "Receive": '<rsp:ReceiveResponse><rsp:Stream Name="stdout" CommandId="{0}">{1}</rsp:Stream>'
    '<rsp:CommandState CommandId="{0}" State="{2}/CommandState/Done"><rsp:ExitCode>0</rsp:ExitCode></rsp:CommandState>'
    "</rsp:ReceiveResponse>".format(ID, base64.b64encode(b"Successfully deleted 3 shadow copies.\r\n").decode(), SHELL),
}


def challenge():
    name = "BACKUP01".encode("utf-16-le")
    info = b"".join(struct.pack("<HH", kind, len(name)) + name for kind in (2, 1)) + struct.pack("<HH", 0, 0)
    head = b"NTLMSSP\0" + struct.pack("<IHHI", 2, len(name), len(name), 56) + struct.pack("<I", FLAGS) + b"\x01\x23\x45\x67\x89\xab\xcd\xef"
    head += b"\0" * 8 + struct.pack("<HHI", len(info), len(info), 56 + len(name)) + b"\x0a\0\x63\x45\0\0\0\x0f"
    return head + name + info


def security(token):
    def field(at):
        length, _, offset = struct.unpack_from("<HHI", token, at)
        return token[offset : offset + length]

    account = field(36).decode("utf-16-le").upper() + field(28).decode("utf-16-le")
    key = hmac.new(compute_nthash(PASSWORD), account.encode("utf-16-le"), "md5").digest()
    base = hmac.new(key, field(20)[:16], "md5").digest()
    flags = struct.unpack_from("<I", token, 60)[0]
    return SessionSecurity(flags, ARC4(base).update(field(52)), source="server")


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    security = None

    def log_message(self, *_):
        pass

    def answer(self, status, headers, body=b""):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        given = self.headers.get("Authorization", "")
        if self.security is None:
            token = base64.b64decode(given.split(" ")[1]) if " " in given else b""
            if token[8:9] == b"\1":
                return self.answer(401, {"WWW-Authenticate": "Negotiate " + base64.b64encode(challenge()).decode()})
            if token[8:9] != b"\3":
                return self.answer(401, {"WWW-Authenticate": "Negotiate"})
            self.security = security(token)
            if not body:
                return self.answer(200, {})
        at = body.index(b"application/octet-stream\r\n") + 26
        text = self.security.unwrap(body[at + 20 : body.rindex(b"--Encrypted Boundary--")], body[at + 4 : at + 20]).decode()
        action = re.search(r"Action[^>]*>[^<]*/(\w+)<", text).group(1)
        reply = (
            '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing" '
            f'xmlns:w="http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd" xmlns:rsp="{SHELL}"><s:Header><a:Action>{SHELL}/{action}Response</a:Action>'
            f'<a:RelatesTo>{re.search(r"MessageID>([^<]*)<", text).group(1)}</a:RelatesTo></s:Header>'
            f"<s:Body>{BODIES.get(action, '')}</s:Body></s:Envelope>"
        ).encode()
        sealed, signature = self.security.wrap(reply)
        kind = "application/HTTP-SPNEGO-session-encrypted"
        head = f"--Encrypted Boundary\r\n\tContent-Type: {kind}\r\n\tOriginalContent: type=application/soap+xml;charset=UTF-8;Length={len(reply)}\r\n"
        head += "--Encrypted Boundary\r\n\tContent-Type: application/octet-stream\r\n"
        out = head.encode() + struct.pack("<I", 16) + signature + sealed + b"--Encrypted Boundary--\r\n"
        self.answer(200, {"Content-Type": f'multipart/encrypted;protocol="{kind}";boundary="Encrypted Boundary"'}, out)


ThreadingHTTPServer(("10.99.0.1", 5985), Handler).serve_forever()
