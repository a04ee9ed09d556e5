#!/usr/bin/env bash
# Builds the image by the Dockerfile's own steps where no Docker engine runs, and tries it: as root on Debian, without
# namespaces, by buildah's chroot isolation. The base image is made, once, from Debian's packages and
# this machine's Node.
#   apt-get install --no-install-recommends buildah mmdebstrap
#   DATABASE_URL=… REDIS_URL=… deploy/image-without-docker.sh     # leaves localhost/tidings in buildah's storage
set -euo pipefail
cd "$(dirname "$0")/.."
: "${DATABASE_URL:?a database to try it on}" "${REDIS_URL:?a Redis to try it with}"
export STORAGE_DRIVER=${STORAGE_DRIVER:-vfs} BUILDAH_ISOLATION=chroot
major=$(node --print 'process.versions.node.split(".")[0]')
base=localhost/node:$major-bookworm-slim
work=$(mktemp -d)
pid=
container=
cleanup() {
  [ -z "$pid" ] || kill -KILL "$pid" 2>/dev/null || true
  umount "$work/root" 2>/dev/null || true
  [ -z "$container" ] || buildah rm "$container" >/dev/null 2>&1 || true
  rm -rf "$work"
}
trap cleanup EXIT

echo "1. The base image: Debian, with Node $(node --version) where the official image has it"
if ! buildah inspect --type image "$base" >/dev/null 2>&1; then
  mmdebstrap --quiet --variant=minbase --include=ca-certificates,libstdc++6,libatomic1 bookworm "$work/base.tar"
  container=$(buildah from scratch)
  buildah add --quiet "$container" "$work/base.tar" / >/dev/null
  buildah copy --quiet "$container" "$(command -v node)" /usr/local/bin/node >/dev/null
  buildah copy --quiet "$container" "$(npm root --global)/npm" /usr/local/lib/node_modules/npm >/dev/null
  # The authorities that this machine trusts, for npm behind a proxy of its own.
  buildah copy --quiet "$container" /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ >/dev/null
  buildah run "$container" -- sh -c 'ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm
    mkdir -p /usr/local/etc && echo cafile=/etc/ssl/certs/ca-certificates.crt >/usr/local/etc/npmrc
    groupadd --gid 1000 node && useradd --uid 1000 --gid node --create-home node'
  buildah config --env PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$container"
  buildah commit --quiet --rm "$container" "$base" >/dev/null
  container=
fi

echo "2. The image, by the Dockerfile"
buildah build --quiet --pull-never --build-arg NODE_VERSION="$major" --tag tidings . >/dev/null
container=$(buildah from --pull-never localhost/tidings)
root=$(buildah mount "$container")
echo "   $(du -sm "$root" | cut -f1) MB, of these in /app $(du -sm "$root/app" | cut -f1) MB:"
(cd "$root/app" && du -sm node_modules dist prisma | sed 's/^/     /')

echo "3. It runs as an arbitrary user on a read-only file system"
mkdir "$work/root"
mount --bind "$root" "$work/root"
mount -o remount,bind,ro "$work/root"
if chroot "$work/root" touch /app/written 2>/dev/null; then echo "the file system can be written" >&2; exit 1; fi
in_image=(
  chroot --userspec=54321:54321 "$work/root" env -i -C /app PATH=/usr/local/bin:/usr/bin:/bin NODE_ENV=production
  HOST=127.0.0.1 API_PORT=0 DELIVERY_PORT=0 ADMIN_PORT=9100 DATABASE_URL="$DATABASE_URL" REDIS_URL="$REDIS_URL"
  TOKEN_SECRET=only-to-try-the-image-and-32-bytes-long PUBLIC_DELIVERY_URL=ws://push.example
)
health=$(sed -n 's/.*"CMD", "node", "-e", "\(.*\)"\].*/\1/p' docker-compose.yml)
grace=$(sed -n 's/.*stop_grace_period: \([0-9]*\)s.*/\1/p' docker-compose.yml | head -1)
"${in_image[@]}" node bin/tidings.mjs migrate
for role in api delivery; do
  "${in_image[@]}" node bin/tidings.mjs "$role" >"$work/log" 2>&1 &
  pid=$!
  healthy=
  for _ in $(seq 100); do
    if "${in_image[@]}" node -e "$health"; then healthy=yes; break; fi
    kill -0 "$pid" || break
  done
  [ "$healthy" = yes ] || { cat "$work/log" >&2; exit 1; }
  began=$SECONDS
  kill -TERM "$pid"
  wait "$pid" && status=0 || status=$?
  pid=
  took=$((SECONDS - began))
  [ "$status" = 0 ] && [ "$took" -lt "$grace" ] || { cat "$work/log" >&2; echo "$role ended with $status after $took s" >&2; exit 1; }
  echo "   $role: healthy by docker-compose's command, and $took s after SIGTERM it ended with 0"
done
