import { describe, expect, it } from "vitest";
import { RECORD_TYPES } from "./record-types.ts";
import { BACKUP_FINGERPRINTS, isUsualPort, USUAL_PORTS } from "../records/backup-products.ts";

/** What the table says of a value; made after the documents that the table's lines are from. */
function products(table: string, column: string, text: string): string[] {
  const lines = BACKUP_FINGERPRINTS.filter((entry) => entry.table === table && entry.column === column);
  return [...new Set(lines.filter(({ pattern }) => pattern.test(text)).map(({ product }) => product))];
}

describe("the table of backup products", () => {
  it.each([
    ["ssl", "subject", "CN=Veeam Backup Server Certificate", "Veeam"],
    ["ssl", "issuer", "CN=broker,OU=root@primary.example.com,O=vx", "NetBackup"],
    ["ssl", "subject", "O=Proxmox Backup Server,OU=5a,CN=pbs.example.com", "Proxmox Backup Server"],
    ["ssl", "server_name", "eu2-cloud.acronis.com", "Acronis"],
    ["http", "user_agent", "APN/1.0 Veeam/1.0 Backup/12.1", "Veeam"],
    ["http", "server", "TSM_HTTP/0.1", "IBM Storage Protect"],
    ["http", "uri", `/repo/data/${"0a".repeat(32)}`, "restic"],
    ["http", "uri", "/irisservices/api/v1/public/cluster", "Cohesity"],
    ["http", "upgrade", "proxmox-backup-reader-protocol-v1", "Proxmox Backup Server"],
    ["originator", "", "\x80\0\0\x28\0\0\0\x01\0\0\0\0\0\0\0\x02\0\x05\xf3\xe7\0\0\0\x02", "NetWorker"],
    ["bacula", "link", "director to storage", "Bacula or Bareos"],
    ["storage_link", "service", "sendbackup", "Amanda"],
    ["storage_link", "protocol", "urbackup", "UrBackup"],
    ["http", "uri", "/HVRROOT/", "Hyper-V Replica"],
    ["responder", "", "\0\0\0\x09\0\0\0\x7c\0\0\0\0", "Commvault"],
    ["responder", "", "\xab\xca\xa5\x5d\0\0\0\x18\xc0\0\0\x01\xff\xff\xff\xff", "QNAP"],
    ["storage_link", "protocol", "vmware_authd", "VMware"],
  ])("%s.%s %s is of %s", (table, column, text, product) => {
    expect(products(table, column, text)).toEqual([product]);
  });

  it("says nothing of ordinary traffic", () => {
    expect(products("http", "uri", "/index.html")).toEqual([]);
    expect(products("http", "uri", "/api/v1/sessions")).toEqual([]);
    expect(products("ssl", "subject", "CN=www.example.com,O=Example")).toEqual([]);
    expect(products("responder", "", "220 mail.example.com ESMTP")).toEqual([]);
    // ONC RPC for NFS.
    expect(products("originator", "", "\x80\0\0\x28\0\0\0\x01\0\0\0\0\0\0\0\x02\0\x01\x86\xa3\0\0\0\x03")).toEqual([]);
  });

  it("names columns that there are, ports for what it names, and confidences below certainty", () => {
    for (const { table, column, versionColumn, confidence, product } of BACKUP_FINGERPRINTS) {
      expect(confidence, product).toBeGreaterThan(0.5);
      expect(confidence, product).toBeLessThan(1);
      if (table === "originator" || table === "responder") continue;
      const type = RECORD_TYPES.find(({ name }) => name === table);
      for (const name of [column, ...(versionColumn === undefined ? [] : [versionColumn])])
        expect(Object.keys(type?.columns ?? {}), `${table} for ${product}`).toContain(name);
    }
    const named = new Set(BACKUP_FINGERPRINTS.map(({ product }) => product));
    expect(Object.keys(USUAL_PORTS).filter((product) => !named.has(product))).toEqual([]);
    expect([isUsualPort("Veeam", 2600), isUsualPort("Veeam", 2499), isUsualPort("NDMP", 10000)]).toEqual([
      true,
      false,
      true,
    ]);
  });
});
