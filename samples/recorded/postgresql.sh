#!/bin/bash
# A PostgreSQL server and psql: a wrong password, SQL in clear, COPY, prepared statements, a cancelled query; then TLS.
# Packages: postgresql, postgresql-client, openssl.
. "$(dirname "$0")/namespaces.sh"
hosts server client
BIN=$(ls -d /usr/lib/postgresql/*/bin | tail -1)
DATA=$WORK/data
as() { runuser -u postgres -- "$@"; }
chmod 755 "$WORK"
install -d -o postgres "$DATA"
echo 'Winter2024' >"$WORK/password"
chmod 644 "$WORK/password"
as "$BIN/initdb" -D "$DATA" -U postgres --auth=scram-sha-256 --pwfile="$WORK/password" >/dev/null
openssl req -x509 -newkey rsa:2048 -nodes -keyout "$DATA/server.key" -out "$DATA/server.crt" -days 3650 -subj /CN=db02 2>/dev/null
chown postgres "$DATA"/server.*
chmod 600 "$DATA/server.key"
echo 'host all all 10.99.0.0/24 scram-sha-256' >>"$DATA/pg_hba.conf"
on server runuser -u postgres -- "$BIN/postgres" -D "$DATA" -c listen_addresses=10.99.0.1 -c ssl=on -c unix_socket_directories="$DATA" 2>"$WORK/db.log" &
until on client "$BIN/pg_isready" -q -h 10.99.0.1; do sleep 0.3; done

client() { on client env PGPASSWORD="$1" PGSSLMODE="$2" PGGSSENCMODE=disable PGCONNECT_TIMEOUT=5 "$BIN/psql" -q -h 10.99.0.1 -U postgres "${@:3}"; }
record postgresql tcp port 5432
client guess disable -c 'SELECT 1' || true
client Winter2024 disable -c 'CREATE TABLE jobs (id int PRIMARY KEY, name text)' \
  -c "INSERT INTO jobs VALUES (1, 'nightly'), (2, 'weekly')" -c 'SELECT * FROM jobs' -c 'SELECT * FROM secrets' || true
printf '3\tmonthly\n4\tyearly\n' | client Winter2024 disable -c '\copy jobs FROM STDIN'
client Winter2024 disable -c "COPY (SELECT name FROM jobs) TO PROGRAM 'cat > /dev/null'" -c 'DELETE FROM jobs WHERE id > 3'
# pgbench speaks the extended query protocol: parse, bind, execute.
echo 'SELECT name FROM jobs WHERE id = :id' >"$WORK/statement.sql"
on client env PGPASSWORD=Winter2024 PGSSLMODE=disable PGGSSENCMODE=disable "$BIN/pgbench" -n -M prepared -t 2 -D id=1 -f "$WORK/statement.sql" -h 10.99.0.1 -U postgres postgres >/dev/null 2>&1
client Winter2024 require -c 'SELECT 1'
