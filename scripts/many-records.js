// Records as a busy site leaves them in four weeks, filled in by SQL: for benchmarks.
import { addressKey } from "../dist/core/case/address-key.js";

/**
 * Four weeks of 2,000 hosts, each with some forty servers of which every one offers three services: a quarter of a million pairs with a
 * port. One connection in fifty has part of the estate in it. `lot` and `many` are drawn evenly, the same for the same `i`.
 */
const lot = "(hash(i * 2654435761) % 1000003)";
const many = "(hash(i + 40503) % 999983)";
const client = `'10.1.' || (${lot} % 2000 // 250) || '.' || (${lot} % 2000 % 250 + 1)`;
const place = `(hash(${lot} % 2000 * 64 + ${many} % 40) % 200)`;
const server = `CASE WHEN i % 50 < 2 THEN '10.0.5.' || (i // 50 % 4 + 1) WHEN i % 10 = 3 THEN '198.51.100.' || (${place} + 1) ELSE '10.2.0.' || (${place} + 1) END`;
const kind = `CAST((${place} + ${many} % 3) % 10 + 1 AS INTEGER)`;
const port = `CASE WHEN i % 50 = 0 THEN 2500 WHEN i % 50 = 1 THEN 445 ELSE list_extract([53, 443, 80, 445, 389, 88, 135, 3389, 22, 123], ${kind}) END`;
const service = `CASE WHEN i % 50 = 0 THEN NULL WHEN i % 50 = 1 THEN 'smb' ELSE list_extract(['dns', 'ssl', 'http', 'smb', 'ldap_tcp', 'krb_tcp', 'dce_rpc', 'rdp', 'ssh', 'ntp'], ${kind}) END`;
const uid = "'C' || to_base(CAST(hash(i) // 2 AS BIGINT), 36, 13) || 'cap1'";
const head = `capture, frame, last_capture, last_frame, ts, uid, n, "id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p"`;
const headOf = `1, i, 1, i, TIME, ${uid}, 0, ${client}, 50000, ${server}, ${port}`;
const FILL = [
  [
    1,
    `INSERT INTO conn (${head}, proto, service, duration, orig_bytes, resp_bytes, conn_state, history, orig_pkts, resp_pkts, missed_bytes, saw_start, sealed_bytes)
       SELECT ${headOf}, CASE WHEN ${kind} IN (1, 10) AND i % 50 > 1 THEN 'udp' ELSE 'tcp' END, ${service}, 5000000000, CASE WHEN i % 50 = 0 THEN 2000000 ELSE 900 + i % 4000 END, 800 + i % 30000, CASE WHEN i % 40 = 0 THEN 'REJ' ELSE 'SF' END, 'ShADadFf', 9, 9, 0, true, 0`,
  ],
  [
    4,
    `INSERT INTO dns (${head}, query, qtype_name, rcode_name, answers) SELECT ${headOf}, 'host' || i % 5000 || '.example.com', 'A', 'NOERROR', ['198.51.100.' || i % 200]`,
  ],
  [
    6,
    `INSERT INTO ssl (${head}, version, server_name, ja4, established) SELECT ${headOf}, 'TLSv13', 'www' || i % 3000 || '.example.com', 't13d' || i % 20, true`,
  ],
  [
    10,
    `INSERT INTO http (${head}, method, host, uri, user_agent, status_code) SELECT ${headOf}, 'GET', 'www.example.com', '/' || i % 1000, 'Mozilla/5.0', 200`,
  ],
  [
    5,
    `INSERT INTO smb_operations (${head}, action, path, name, outcome, "user", bytes_read, bytes_written) SELECT ${headOf}, 'open', '\\\\FS01\\data', 'dir\\file' || i % 100000 || '.docx', 'confirmed', 'CORP\\u' || ${lot} % 2000, 0, 0`,
  ],
  [20, `INSERT INTO smb_sessions (${head}, "user", outcome) SELECT ${headOf}, 'CORP\\u' || ${lot} % 2000, 'confirmed'`],
  [
    12,
    `INSERT INTO kerberos (${head}, request_type, client, service, success, cipher) SELECT ${headOf}, CASE WHEN i % 3 = 0 THEN 'AS' ELSE 'TGS' END, 'u' || ${lot} % 2000 || '/CORP', 'cifs/fs01', true, 'aes256-cts-hmac-sha1-96'`,
  ],
  [
    20,
    `INSERT INTO dce_rpc (${head}, endpoint, operation, opnum, outcome, "user") SELECT ${headOf}, list_extract(['svcctl', 'samr', 'lsarpc', 'srvsvc', 'winreg'], CAST(i % 5 + 1 AS INTEGER)), 'Op' || i % 60, i % 60, 'confirmed', 'CORP\\u' || ${lot} % 2000`,
  ],
  [
    40,
    `INSERT INTO ntlm (${head}, username, domainname, success, accepted) SELECT ${headOf}, 'u' || ${lot} % 2000, 'CORP', true, true`,
  ],
  [
    100,
    `INSERT INTO ssh (${head}, client, server, auth_success, hassh) SELECT ${headOf}, 'SSH-2.0-OpenSSH_9.6', 'SSH-2.0-OpenSSH_9.2', true, 'h' || i % 4`,
  ],
  [100, `INSERT INTO ldap (${head}) SELECT ${headOf}`],
  [200, `INSERT INTO files (${head}) SELECT ${headOf}`],
];

/**
 * Fills a store with `rows` connections and what goes with them.
 * @param from Time of the first, ns since 1970.
 * @param spanNs Time over which they are spread.
 */
export async function fillRecords(store, rows, from = 1709251200000000000n, spanNs = 28n * 86400000000000n) {
  const time = `make_timestamp_ns(${from} + CAST(i * (${spanNs} / ${rows}) AS BIGINT))`;
  for (const [share, sql] of FILL)
    await store.change([{ sql: `${sql.replace("TIME", time)} FROM range(0, ${rows}, ${share}) t(i)` }]);
  const hosts = await store.rows(
    `SELECT DISTINCT address FROM (SELECT "id.orig_h" AS address FROM conn UNION ALL SELECT "id.resp_h" FROM conn) WHERE address NOT IN (SELECT address FROM hosts)`,
  );
  const keyed = hosts.map(({ address }) => ({ address, key: addressKey(address) }));
  await store.change([
    {
      sql: `INSERT INTO hosts SELECT h.address, h.key FROM (SELECT unnest(from_json($hosts, '[{"address":"VARCHAR","key":"VARCHAR"}]')) AS h)`,
      parameters: { hosts: JSON.stringify(keyed) },
    },
  ]);
}
