#!/bin/bash
# A MariaDB server and its command line client in clear; then the same by TLS. Packages: mariadb-server, mariadb-client, openssl.
. "$(dirname "$0")/namespaces.sh"
hosts server client
DATA=$WORK/data
chmod 755 "$WORK"
install -d -o mysql "$DATA"
openssl req -x509 -newkey rsa:2048 -nodes -keyout "$WORK/key.pem" -out "$WORK/cert.pem" -days 3650 -subj /CN=db01 2>/dev/null
chmod 644 "$WORK"/*.pem
mariadb-install-db --no-defaults --user=mysql --datadir="$DATA" --innodb-log-file-size=4M >/dev/null
on server mariadbd --no-defaults --user=mysql --datadir="$DATA" --socket="$DATA/db.sock" --pid-file="$DATA/db.pid" \
  --ssl-cert="$WORK/cert.pem" --ssl-key="$WORK/key.pem" --innodb-buffer-pool-size=16M --local-infile=1 2>"$WORK/db.log" &
until mariadb-admin --no-defaults --socket="$DATA/db.sock" ping >/dev/null 2>&1; do sleep 0.3; done
mariadb --no-defaults --socket="$DATA/db.sock" -e "
  CREATE DATABASE veeam; CREATE USER 'backup'@'%' IDENTIFIED BY 'Sommer2024';
  GRANT ALL ON veeam.* TO 'backup'@'%'; GRANT FILE ON *.* TO 'backup'@'%'"
printf 'nas01\nnas02\n' >"$WORK/hosts.txt"

client() { on client mariadb --no-defaults -h 10.99.0.1 "$@"; }
record mysql tcp port 3306
client --skip-ssl -u root -pguess -e 'SELECT 1' || true
client --skip-ssl --local-infile=1 -u backup -pSommer2024 veeam -e "
  CREATE TABLE repositories (id INT PRIMARY KEY AUTO_INCREMENT, host VARCHAR(64), encrypted INT DEFAULT 0);
  INSERT INTO repositories (host) VALUES ('nas01'), ('nas02'), ('tape01');
  LOAD DATA LOCAL INFILE '$WORK/hosts.txt' INTO TABLE repositories (host);
  SELECT * FROM repositories;
  PREPARE s FROM 'DELETE FROM repositories WHERE host = ?'; SET @h = 'tape01'; EXECUTE s USING @h;
  SELECT secret FROM credentials" || true
client --skip-ssl -u backup -pSommer2024 veeam -e 'DROP TABLE repositories; DROP DATABASE veeam'
client --ssl -u backup -pSommer2024 -e 'SHOW DATABASES' || true
mariadb-admin --no-defaults --socket="$DATA/db.sock" shutdown || true
