#!/bin/bash
# A management controller simulated by ipmi_sim, asked by ipmitool over IPMI 1.5 and RMCP+, with a wrong password too.
# Packages: openipmi, ipmitool.
source "$(dirname "${BASH_SOURCE[0]}")/namespaces.sh"
hosts controller console

cat >"$WORK/lan.conf" <<'CONF'
name "bmc"
set_working_mc 0x20
  startlan 1
    addr 0.0.0.0 623
    priv_limit admin
    allowed_auths_callback none md2 md5 straight
    allowed_auths_user none md2 md5 straight
    allowed_auths_operator none md2 md5 straight
    allowed_auths_admin none md2 md5 straight
    guid a123456789abcdefa123456789abcdef
  endlan
  user 1 true "" "" user 10 none md2 md5 straight
  user 2 true "backupadm" "s3cret" admin 10 none md2 md5 straight
CONF
cat >"$WORK/controller.emu" <<'CONF'
mc_setbmc 0x20
mc_add 0x20 0 no-device-sdrs 0x23 9 8 0x9f 0x1291 0xf02
mc_enable 0x20
CONF

# The simulator reads commands of its console as long as that is open.
sleep 60 | on controller ipmi_sim -c "$WORK/lan.conf" -f "$WORK/controller.emu" -s "$WORK" -p >"$WORK/sim.log" 2>&1 &
sleep 2
record ipmi udp port 623
as() {
  on console timeout 15 ipmitool -N 1 -R 1 -H 10.99.0.1 -U backupadm "$@" || true
}
as -I lan -A PASSWORD -P s3cret mc info
as -I lan -P s3cret chassis power cycle
as -I lan -P s3cret user set name 3 helper
as -I lan -P s3cret user set password 3 hello
as -I lanplus -C 3 -P s3cret chassis power off
as -I lanplus -C 3 -P wrong mc info
finish
