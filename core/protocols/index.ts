import { amanda } from "./amanda/amanda.ts";
import { afp } from "./afp/afp.ts";
import { burp } from "./burp/burp.ts";
import { fcip } from "./fcip/fcip.ts";
import { libvirt } from "./libvirt/libvirt.ts";
import { nvmeTcp } from "./nvme-tcp/nvme-tcp.ts";
import { vmwareAuthd } from "./vmware-authd/vmware-authd.ts";
import { urbackup, urbackupCommands, urbackupFiles } from "./urbackup/urbackup.ts";
import { bacula } from "./bacula/bacula.ts";
import { dceRpc } from "./dce-rpc/dce-rpc.ts";
import { dhcp } from "./dhcp/dhcp.ts";
import { dns } from "./dns/dns.ts";
import { ftp, ftpData } from "./ftp/ftp.ts";
import { gssapi } from "./gssapi/gssapi.ts";
import { ipmi } from "./ipmi/ipmi.ts";
import { nbd } from "./nbd/nbd.ts";
import { iscsi } from "./iscsi/iscsi.ts";
import { krb } from "./krb/krb.ts";
import { radius } from "./radius/radius.ts";
import { http } from "./http/http.ts";
import { ldap } from "./ldap/ldap.ts";
import { mysql } from "./mysql/mysql.ts";
import { postgresql } from "./postgresql/postgresql.ts";
import { redis } from "./redis/redis.ts";
import { rfb } from "./rfb/rfb.ts";
import { socks } from "./socks/socks.ts";
import { ndmp, ndmpData } from "./ndmp/ndmp.ts";
import { hypervisorApi } from "./hypervisor-api/hypervisor-api.ts";
import { restic } from "./restic/restic.ts";
import { webdav } from "./webdav/webdav.ts";
import { objectStore } from "./object-store/object-store.ts";
import { ntp } from "./ntp/ntp.ts";
import { http2 } from "./http2/http2.ts";
import type { Protocol } from "./protocol.ts";
import { quic } from "./quic/quic.ts";
import { snmp } from "./snmp/snmp.ts";
import { smtp } from "./smtp/smtp.ts";
import { rdp } from "./rdp/rdp.ts";
import { rdpeudp } from "./rdpeudp/rdpeudp.ts";
import { ssh } from "./ssh/ssh.ts";
import { ssl } from "./ssl/ssl.ts";
import { CHANGING_TO_TLS } from "./starttls/starttls.ts";
import { rsync } from "./rsync/rsync.ts";
import { syslog } from "./syslog/syslog.ts";
import { telnet } from "./telnet/telnet.ts";
import { tftp, tftpData } from "./tftp/tftp.ts";
import { smb } from "./smb/smb.ts";
import { stratum } from "./stratum/stratum.ts";
import { sunrpc } from "./sunrpc/sunrpc.ts";
import { tds } from "./tds/tds.ts";
import { winrm } from "./winrm/winrm.ts";
import { websocket } from "./websocket/websocket.ts";

/** Every protocol; the engine, the command line, the schema and the reference page all read this list. */
export const PROTOCOLS: readonly Protocol[] = [
  vmwareAuthd,
  nvmeTcp,
  fcip,
  libvirt,
  amanda,
  urbackup,
  urbackupCommands,
  urbackupFiles,
  burp,
  dceRpc,
  dhcp,
  dns,
  ftp,
  ftpData,
  gssapi,
  http,
  http2,
  ipmi,
  iscsi,
  nbd,
  krb,
  radius,
  ldap,
  mysql,
  postgresql,
  bacula,
  ndmp,
  ndmpData,
  ntp,
  objectStore,
  restic,
  hypervisorApi,
  webdav,
  quic,
  rdp,
  rdpeudp,
  redis,
  rfb,
  smb,
  socks,
  rsync,
  smtp,
  snmp,
  ssh,
  ssl,
  syslog,
  stratum,
  sunrpc,
  tds,
  telnet,
  tftp,
  tftpData,
  websocket,
  winrm,
  afp,
  ...CHANGING_TO_TLS,
];
