#!/usr/bin/env bash
# Builds the image by the Dockerfile's own steps where no Docker engine runs, and tries it: as root on Debian, without
# namespaces, by buildah's chroot isolation. The base image is made from Debian's packages and this machine's Node.
#   apt-get install --no-install-recommends buildah mmdebstrap
#   deploy/image-without-docker.sh            # leaves localhost/tidings in buildah's storage
set -euo pipefail
cd "$(dirname "$0")/.."
export STORAGE_DRIVER=vfs BUILDAH_ISOLATION=chroot
major=$(node --print 'process.versions.node.split(".")[0]')
base=localhost/node:$major-bookworm-slim
work=$(mktemp -d)
pid=
cleanup() {
  [ -z "$pid" ] || kill -KILL "$pid" 2>/dev/null || true
  umount "$work/root" 2>/dev/null || true
  buildah rm --all >/dev/null 2>&1 || true
  rm -rf "$work"
}
trap cleanup EXIT

echo "1. The base image: Debian, with Node $(node --version) where the official image has it"
mmdebstrap --quiet --variant=minbase --include=ca-certificates,libstdc++6,libatomic1 bookworm "$work/base.tar"
container=$(buildah from scratch)
buildah add --quiet "$container" "$work/base.tar" / >/dev/null
buildah copy --quiet "$container" "$(command -v node)" /usr/local/bin/node >/dev/null
buildah copy --quiet "$container" "$(npm root --global)/npm" /usr/local/lib/node_modules/npm >/dev/null
buildah run "$container" -- sh -c 'ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm
  groupadd --gid 1000 node && useradd --uid 1000 --gid node --create-home node'
buildah config --env PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$container"
buildah commit --quiet --rm "$container" "$base" >/dev/null

echo "2. The image, by the Dockerfile"
buildah build --quiet --pull-never --build-arg NODE_VERSION="$major" --tag tidings . >/dev/null
echo "   $(buildah images --format '{{.Size}}' localhost/tidings)"

echo "3. It runs as an arbitrary user on a read-only file system"
: "${DATABASE_URL:?a database to try it on}" "${REDIS_URL:?a Redis to try it with}"
container=$(buildah from --pull-never localhost/tidings)
mkdir "$work/root"
mount --bind "$(buildah mount "$container")" "$work/root"
mount -o remount,bind,ro "$work/root"
in_image=(
  chroot --userspec=54321:54321 "$work/root" env -i -C /app PATH=/usr/local/bin:/usr/bin:/bin NODE_ENV=production
  HOST=127.0.0.1 API_PORT=0 ADMIN_PORT=9100 DATABASE_URL="$DATABASE_URL" REDIS_URL="$REDIS_URL"
  TOKEN_SECRET=only-to-try-the-image-and-32-bytes-long PUBLIC_DELIVERY_URL=ws://push.example SHUTDOWN_DELAY=1s
)
if "${in_image[@]}" touch /app/written 2>/dev/null; then echo "the file system can be written" >&2; exit 1; fi
"${in_image[@]}" node bin/tidings.mjs migrate
"${in_image[@]}" node bin/tidings.mjs api >"$work/log" &
pid=$!
health=$(sed -n 's/.*"CMD", "node", "-e", "\(.*\)"\].*/\1/p' docker-compose.yml)
for _ in $(seq 100); do
  if "${in_image[@]}" node -e "$health"; then healthy=yes; break; fi
  kill -0 "$pid" || break
done
[ "${healthy:-}" = yes ] || { cat "$work/log" >&2; exit 1; }
echo "   healthy by docker-compose's command"

echo "4. It ends by SIGTERM"
began=$SECONDS
kill -TERM "$pid"
wait "$pid" && status=0 || status=$?
pid=
[ "$status" = 0 ] || { echo "it ended with $status" >&2; exit 1; }
echo "   within $((SECONDS - began + 1)) s, with status 0"
