#!/bin/bash
# SMTP: aiosmtpd with Python's smtplib (Debian: python3-aiosmtpd, openssl). Two mails in one session after AUTH
# LOGIN (one with attachments in base 64 and quoted-printable, one plain), one that is refused, a log-on that fails, one
# that is pipelined, and a session that changes to TLS.
cd "$(dirname "$0")" && . ./namespaces.sh
hosts server client
openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj /CN=mail.demo -keyout "$WORK/key.pem" -out "$WORK/cert.pem" 2>/dev/null
cat >"$WORK/server.py" <<'PY'
import asyncio, ssl, sys
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

class Sink:
    async def handle_RCPT(self, server, session, envelope, address, rcpt_options):
        if address.startswith("nobody@"):
            return "550 5.1.1 No such user"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 Ok"

    async def handle_DATA(self, server, session, envelope):
        return "250 2.0.0 Ok: queued as 4T%d" % len(envelope.content)

def check(server, session, envelope, mechanism, data):
    return AuthResult(success=data.login == b"svc-backup" and data.password == b"Str0ng-Demo", handled=True)

context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[1], sys.argv[2])
controller = Controller(Sink(), hostname="10.99.0.1", port=25, server_hostname="mail.demo", ident="ESMTP demo",
                        tls_context=context, authenticator=check, auth_required=False, auth_require_tls=False)
controller.start()
asyncio.new_event_loop().run_forever()
PY
cat >"$WORK/client.py" <<'PY'
import smtplib, socket, time
from email.message import EmailMessage

mail = EmailMessage()
mail["From"] = "Backup service <svc-backup@corp.example>"
mail["To"] = '"Operator, Night" <operator@corp.example>, dba@corp.example'
mail["Cc"] = "audit@corp.example"
mail["Subject"] = "[Failed] Daily backup"
mail["Date"] = "Fri, 01 Mar 2024 02:14:07 +0000"
mail["Message-ID"] = "<20240301021407.1@backup01.corp.example>"
mail["X-Mailer"] = "Backup mailer 1.2"
mail["X-Originating-IP"] = "[10.99.0.2]"
mail["Received"] = "from backup01 (backup01.corp.example [10.20.1.15]) by relay.corp.example with ESMTP; Fri, 1 Mar 2024 02:14:06 +0000"
mail.set_content("Größe der Sicherung: 0 Byte, ein langer Satz, der in mehr als einer Zeile steht, weil er so lang ist.\n", cte="quoted-printable")
mail.add_attachment(b"PK\x03\x04" + bytes(range(256)) * 4, maintype="application", subtype="zip", filename="log.zip")
mail.add_attachment("job;state\n1;failed\n", subtype="csv", filename="jobs.csv")

session = smtplib.SMTP("10.99.0.1", 25, local_hostname="backup01.corp.example")
session.ehlo()
session.user, session.password = "svc-backup", "Str0ng-Demo"
session.auth("LOGIN", session.auth_login)
session.send_message(mail)
session.sendmail("svc-backup@corp.example", ["operator@corp.example", "nobody@corp.example"], "Subject: plain\r\n\r\n.one dot\r\n")
session.quit()

session = smtplib.SMTP("10.99.0.1", 25, local_hostname="backup01.corp.example")
try:
    session.login("svc-backup", "wrong")
except smtplib.SMTPException:
    session.close()

raw = socket.create_connection(("10.99.0.1", 25))
raw.recv(1000)
raw.sendall(b"EHLO intruder\r\n")
time.sleep(0.3)
raw.sendall(b"MAIL FROM:<a@evil.example>\r\nRCPT TO:<b@evil.example>\r\nDATA\r\n")
time.sleep(0.3)
raw.sendall(b"Subject: list\r\n\r\nhello\r\n.\r\nQUIT\r\n")
while raw.recv(1000):
    pass

session = smtplib.SMTP("10.99.0.1", 25, local_hostname="backup01.corp.example")
session.starttls()
session.sendmail("svc-backup@corp.example", ["operator@corp.example"], "Subject: sealed\r\n\r\nx\r\n")
session.quit()
PY
record smtp-mails
on server /usr/bin/python3 "$WORK/server.py" "$WORK/cert.pem" "$WORK/key.pem" &
sleep 2
on client /usr/bin/python3 "$WORK/client.py"
finish
