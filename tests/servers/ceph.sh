#!/usr/bin/env bash
# Ceph's RADOS gateway on one node, all in memory: a monitor, one OSD, three gateways.
#
#     ceph.sh DIR GATEWAY_PORT MONITOR_PORT SESSION_GATEWAY_PORT BUSY_GATEWAY_PORT
#
# The second gateway also takes the temporary credentials that it gives out (STS). It is one of its own, because such a
# gateway answers AccessDenied to an unknown key, and not InvalidAccessKeyId. The third takes four requests at a time, and
# answers SlowDown to more.
#
# Debian: apt-get install --no-install-recommends radosgw ceph-mon ceph-osd

. "$(dirname "$0")/lifetime.sh"

gateway=$2
sessions=$4
busy=$5
monitor="[v1:127.0.0.1:$3]"
cluster=$(cat /proc/sys/kernel/random/uuid)
osd=$(cat /proc/sys/kernel/random/uuid)
access_key_id=AKIDEXAMPLE
secret_access_key=wJalrXUtnFEMISECRETKEY

mkdir "$home/mon" "$home/osd" "$home/rgw"

# No authentication inside the cluster; one copy of everything; no admin sockets, whose paths may not be long; the
# shortest waits, since nobody but the gateways talks to the monitor; and answers that do not wait 40 ms for more to send.
cat >"$home/ceph.conf" <<CONF
[global]
fsid = $cluster
mon host = $monitor
mon initial members = a
public addr = 127.0.0.1
cluster addr = 127.0.0.1
auth cluster required = none
auth service required = none
auth client required = none
admin socket =
run dir = $home
log file =
log to stderr = true
mon data = $home/mon
osd data = $home/osd
rgw data = $home/rgw
osd objectstore = memstore
memstore device bytes = 8589934592
osd memory target = 536870912
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 8
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
osd crush update on start = false
osd class update on start = false
mon allow pool size one = true
mon max pg per osd = 1000
mon data avail crit = 1
paxos propose interval = 0.05
paxos min wait = 0.01
[client.rgw.a]
rgw frontends = beast endpoint=127.0.0.1:$gateway tcp_nodelay=1
rgw dns name = localhost
rgw thread pool size = 64
[client.rgw.b]
rgw frontends = beast endpoint=127.0.0.1:$sessions tcp_nodelay=1
rgw thread pool size = 16
rgw s3 auth use sts = true
rgw sts key = 0123456789abcdef
[client.rgw.c]
rgw frontends = beast endpoint=127.0.0.1:$busy tcp_nodelay=1
rgw thread pool size = 16
rgw max concurrent requests = 4
CONF

# Another cluster that this machine may talk to must not reach these.
unset CEPH_ARGS
export CEPH_CONF=$home/ceph.conf

monmaptool --create --fsid "$cluster" --addv a "$monitor" "$home/monmap" >"$home/monmap.log" 2>&1
ceph-mon --mkfs -i a --monmap "$home/monmap" >"$home/mkfs-mon.log" 2>&1
daemon mon ceph-mon -i a -f
await 30 timeout 20 ceph --connect-timeout 10 osd new "$osd"
# By ourselves: the OSD may ask for it before it knows its cluster, is then refused, and ends.
timeout 20 ceph --connect-timeout 10 osd crush add osd.0 1 root=default >"$home/crush.log" 2>&1 || fail "no place for the OSD"

ceph-osd -i 0 --mkfs --osd-uuid "$osd" >"$home/mkfs-osd.log" 2>&1
daemon osd ceph-osd -i 0 -f
osd_is_up() { timeout 20 ceph --connect-timeout 10 osd stat | grep -q '1 up'; }
await 30 osd_is_up

daemon rgw radosgw -n client.rgw.a -f
await 60 answers "http://127.0.0.1:$gateway/"
timeout 60 radosgw-admin user create --uid=tests --display-name=tests \
    --access-key="$access_key_id" --secret-key="$secret_access_key" >"$home/user.log" 2>&1 || fail "no user made"

# A role that this user may assume, for temporary credentials.
statement() { printf '{"Version":"2012-10-17","Statement":[{"Effect":"Allow",%s}]}' "$1"; }
timeout 60 radosgw-admin role create --role-name=tests \
    --assume-role-policy-doc="$(statement '"Principal":{"AWS":["arn:aws:iam:::user/tests"]},"Action":["sts:AssumeRole"]')" \
    >"$home/role.log" 2>&1 || fail "no role made"
timeout 60 radosgw-admin role-policy put --role-name=tests --policy-name=all \
    --policy-doc="$(statement '"Action":["s3:*"],"Resource":"arn:aws:s3:::*"')" \
    >"$home/role-policy.log" 2>&1 || fail "no policy made"

daemon rgw-sessions radosgw -n client.rgw.b -f
daemon rgw-busy radosgw -n client.rgw.c -f
await 60 answers "http://127.0.0.1:$sessions/"
await 60 answers "http://127.0.0.1:$busy/"

echo "sessions=http://127.0.0.1:$sessions"
echo "busy=http://127.0.0.1:$busy"
serve "http://127.0.0.1:$gateway" us-east-1 "$access_key_id" "$secret_access_key"
