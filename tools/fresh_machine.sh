#!/usr/bin/env bash
# Does `make run` work on a machine that has nothing? Builds a minimal Debian in a folder (debootstrap, needs root),
# installs there only the README's requirements line, clones what is committed here, and runs it until "Ready:".
#   tools/fresh_machine.sh [run|test] [bookworm|trixie] [folder]
# run: as a plain user, twice (first and later start), then as root in a clone of its own and without python3-venv, which
# root has installed by apt; each with a call that must be answered and within its limit of time;
# test: make test as root
set -euo pipefail
what=${1:-run}
release=${2:-bookworm}
root=${3:-/var/tmp/carillon-$release}
project=$(cd "$(dirname "$0")/.." && pwd)
mirror=$(sed -nE 's/^URIs: *(\S+\/debian)\/?$/\1/p; s/^deb (\[[^]]*\] )?(\S+\/debian)\/? .*/\2/p' \
    /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null | sed -n 1p || true)
requirements=$(sed -nE 's/^.*`apt-get install ([^`]+)`.*$/\1/p' "$project/README.md" | sed -n 1p)
[ -n "$mirror" ] && [ -n "$requirements" ] || { echo "No Debian mirror or no requirements line found."; exit 2; }

inside() { chroot "$root" /usr/bin/env -i HOME="$1" PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 "${@:2}"; }

if [ ! -e "$root/.built" ]; then
    # What a killed trial left mounted is this machine's own: never removed with the folder.
    grep -q " $root/" /proc/mounts && { echo "Unmount what is mounted below $root first."; exit 2; }
    rm -rf "$root" && mkdir -p "$root"
    debootstrap --variant=minbase "$release" "$root" "$mirror"
    # This machine's way to the network (name service, own certificate authorities) belongs to it, not to the trial.
    cp -L /etc/resolv.conf /etc/hosts "$root/etc/"
    inside /root apt-get update -q
    # shellcheck disable=SC2086
    inside /root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $requirements
    cp -L /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/"
    inside /root useradd -m -s /bin/bash someone
    touch "$root/.built"
fi
mountpoint -q "$root/proc" || mount -t proc proc "$root/proc"
mountpoint -q "$root/dev" || mount --rbind /dev "$root/dev"
mount --make-rslave "$root/dev"
trap 'umount -l "$root/dev" "$root/proc"' EXIT

rm -rf "$root/home/someone/carillon" "$root/root/carillon"
began=$(date +%s)
git clone -q "$project" "$root/home/someone/carillon"
inside /root chown -R someone: /home/someone/carillon
as_root() { inside /root bash -c "cd /root/carillon && $1"; }
as_someone() { inside /home/someone setpriv --reuid=someone --regid=someone --init-groups bash -c "cd ~/carillon && $1"; }

# start_and_stop NAME as_someone|as_root DATA-FOLDER LIMIT-SECONDS
start_and_stop() {
    local begun ended called log=$root/tmp/$1.log data=$3
    local ports="CARILLON_DATA=$data CARILLON_HTTP_PORT=${CARILLON_HTTP_PORT:-18080}"
    ports+=" CARILLON_SIP_PORT=${CARILLON_SIP_PORT:-15060}"
    begun=$(date +%s)
    "$2" "$ports exec make run" >"$log" 2>&1 &
    local job=$!
    for _ in $(seq 600); do
        grep -q '^Ready:' "$log" && break
        kill -0 "$job" 2>/dev/null || { tail -n 40 "$log"; echo "$1: ended before Ready:"; exit 1; }
        sleep 1
    done
    ended=$(date +%s)
    grep '^\[\|^Ready:' "$log"
    grep -q '^Ready:' "$log" || { tail -n 40 "$log"; exit 1; }
    echo "$release, $1: Ready after $((ended - begun)) s (limit $4 s)"
    [ "$1" != first ] || echo "first: $((ended - began)) s from the beginning of git clone"
    "$2" "$ports .venv/bin/carillon status" | sed -n 's/^  \(carillon .*\)/\1/p'
    called=$("$2" "$ports .venv/bin/carillon demo call 9011 --phone an.peeters --seconds 3")
    case $called in
    *talked*) echo "$1: a call is answered" ;;
    *) echo "$1: $called"; exit 1 ;;
    esac
    kill -INT "$(sed -nE 's/^ "pid": ([0-9]+).*/\1/p' "$root$data/run/processes.json")"
    wait "$job" || true
    [ ! -e "$root$data/run/processes.json" ] && echo "$1: stopped"
    [ $((ended - begun)) -le "$4" ] || { echo "$1: too slow"; exit 1; }
}

case $what in
run)
    start_and_stop first as_someone /home/someone/carillon/data 240
    start_and_stop later as_someone /home/someone/carillon/data 10
    git clone -q "$project" "$root/root/carillon"
    inside /root chown -R root: /root/carillon
    inside /root apt-get purge -q -y 'python3*-venv' >"$root/tmp/remove.log"
    start_and_stop root as_root /root/carillon/data 240
    grep -q '^\$ apt-get install .*python3-venv' "$root/root/carillon/build/setup.log" && echo "root: apt was used"
    ;;
test) inside /root bash -c "cd /home/someone/carillon && git config --global safe.directory '*' && CI=true .ci/run" ;;
*) echo "usage: $0 [run|test] [bookworm|trixie] [folder]"; exit 2 ;;
esac
