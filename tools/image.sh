#!/bin/sh
# Builds the container image with the first engine that works: docker, podman, buildah.
#
#   tools/image.sh [OPTION…]   options go to the engine's build command
#
# From the environment: IMAGE, its name (cellscope), and ENGINE, to choose the engine.
set -eu
cd "$(dirname "$0")/.."

# A client without a daemon is no engine, so ask for more than a version.
works() {
    command -v "$1" >/dev/null && "$1" info >/dev/null 2>&1
}

for engine in ${ENGINE:-docker podman buildah}; do
    if works "$engine"; then
        case $engine in
        docker) set -- "$@" . ;;
        # OCI's own format has no HEALTHCHECK; buildah keeps no layers unless told.
        *) set -- --format docker --layers "$@" . ;;
        esac
        exec "$engine" build --tag "${IMAGE:-cellscope}" "$@"
    fi
done
echo "cellscope: no working ${ENGINE:-docker, podman or buildah}" \
    "(Debian: apt-get install podman)" >&2
exit 1
