#!/usr/bin/env bash
# OpenStack Swift on one node, spoken to through its s3api: the store that is strictest about presigned links.
#
#     swift.sh DIR PROXY_PORT ACCOUNT_PORT CONTAINER_PORT OBJECT_PORT CUT_OFF_PORT
#
# A second proxy has lost its way to the objects, and answers 503.
#
# DIR must lie on a file system with extended attributes.
# Debian: apt-get install --no-install-recommends swift-proxy swift-account swift-container swift-object

. "$(dirname "$0")/lifetime.sh"

proxy=$2
cut_off=$6
declare -A ports=([account]=$3 [container]=$4 [object]=$5)
user=$(id -un)

mkdir -p "$home/node/disk" "$home/cache"

for ring in account container object; do
    (
        cd "$home"
        swift-ring-builder "$ring.builder" create 1 1 1
        swift-ring-builder "$ring.builder" add "r1z1-127.0.0.1:${ports[$ring]}/disk" 1
        swift-ring-builder "$ring.builder" rebalance
    ) >"$home/$ring-ring.log" 2>&1 || fail "no $ring ring made"
    cat >"$home/$ring.conf" <<CONF
[DEFAULT]
bind_ip = 127.0.0.1
bind_port = ${ports[$ring]}
user = $user
swift_dir = $home
devices = $home/node
mount_check = false
workers = 0
log_level = WARNING
log_address = $home/no-syslog
recon_cache_path = $home/cache
[pipeline:main]
pipeline = $ring-server
[app:$ring-server]
use = egg:swift#$ring
CONF
    daemon "$ring" "swift-$ring-server" "$home/$ring.conf"
done

cat >"$home/proxy.conf" <<CONF
[DEFAULT]
bind_ip = 127.0.0.1
bind_port = $proxy
user = $user
swift_dir = $home
workers = 0
log_level = WARNING
log_address = $home/no-syslog
[pipeline:main]
pipeline = catch_errors gatekeeper healthcheck cache listing_formats bulk s3api tempauth copy slo dlo versioned_writes symlink proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
allow_account_management = true
[filter:s3api]
use = egg:swift#s3api
location = us-east-1
s3_acl = false
storage_domain = localhost
[filter:tempauth]
use = egg:swift#tempauth
user_test_tester = testing .admin
user_test_guest = guesting
[filter:versioned_writes]
use = egg:swift#versioned_writes
allow_object_versioning = true
# The s3api insists on this filter; nothing listens on port 1, and Swift then does without a cache.
[filter:cache]
use = egg:swift#memcache
memcache_servers = 127.0.0.1:1
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:gatekeeper]
use = egg:swift#gatekeeper
[filter:healthcheck]
use = egg:swift#healthcheck
[filter:listing_formats]
use = egg:swift#listing_formats
[filter:bulk]
use = egg:swift#bulk
[filter:copy]
use = egg:swift#copy
[filter:slo]
use = egg:swift#slo
[filter:dlo]
use = egg:swift#dlo
[filter:symlink]
use = egg:swift#symlink
CONF

daemon proxy swift-proxy-server "$home/proxy.conf"

# The same one, whose objects are at a port where nothing listens.
mkdir "$home/cut-off"
cp "$home"/{account,container}.ring.gz "$home/cut-off"
(
    cd "$home/cut-off"
    swift-ring-builder object.builder create 1 1 1
    swift-ring-builder object.builder add "r1z1-127.0.0.1:1/disk" 1
    swift-ring-builder object.builder rebalance
) >"$home/cut-off-ring.log" 2>&1 || fail "no ring made that leads nowhere"
sed "s|^bind_port = .*|bind_port = $cut_off|; s|^swift_dir = .*|swift_dir = $home/cut-off|" "$home/proxy.conf" \
    >"$home/cut-off.conf"
daemon cut-off swift-proxy-server "$home/cut-off.conf"

for port in "${ports[@]}" "$proxy" "$cut_off"; do
    await 60 answers "http://127.0.0.1:$port/healthcheck"
done

echo "cut_off=http://127.0.0.1:$cut_off"
serve "http://127.0.0.1:$proxy" us-east-1 test:tester testing
