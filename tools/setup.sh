#!/bin/sh
# Installs the Debian packages that building and testing need. Does nothing,
# quickly, when they are there. Needs root or sudo only when they are not.
set -eu
cd "$(dirname "$0")/.."

packages='
gcc g++ make pkg-config git ca-certificates
libvips-dev libvips-tools libjansson-dev libmicrohttpd-dev
libsqlite3-dev sqlite3 wrk curl brotli openssl procps
libonnx-testdata
clang-19 lld-19 llvm-19 libclang-rt-19-dev libclang-rt-19-dev-wasm32
clang-format
gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user
chromium firefox-esr webkit2gtk-driver xvfb
'
# Any Node.js will do, wherever it comes from.
command -v node >/dev/null || packages="$packages nodejs"
command -v npm >/dev/null || packages="$packages npm"

# Names of the packages that are not fully installed.
missing=$(dpkg-query -W -f '${Package} ${db:Status-Status}\n' $packages \
    2>/dev/null | awk -v wanted="$(echo $packages)" '
        $2 == "installed" { have[$1] = 1 }
        END {
            n = split(wanted, names, " ")
            for (i = 1; i <= n; i++)
                if (!(names[i] in have)) printf "%s ", names[i]
        }')
[ -n "$missing" ] || exec tools/node.sh

echo "Installing: $missing" >&2
if [ "$(id -u)" = 0 ]; then
    as_root=
elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
    as_root=sudo
elif command -v sudo >/dev/null && [ -t 0 ]; then
    as_root=sudo
else
    echo "These Debian packages are missing, and installing them needs root:" \
        >&2
    echo "    apt-get install $missing" >&2
    exit 1
fi

install() {
    $as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq --no-install-recommends $missing >/dev/null
}

# The lists on the machine may be absent or stale: fetch them only then.
install 2>/dev/null || { $as_root apt-get update -qq && install; } || {
    echo "Could not install: $missing" >&2
    exit 1
}
exec tools/node.sh
