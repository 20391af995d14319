# Sourced by the scripts of this folder: builds `muster` and the functions for this machine, with the profile of the tests or, with
# `--release`, with that of a deployment. `target` is where they are then.
set -euo pipefail
export PYTHONDONTWRITEBYTECODE=1
repo="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
. "$repo/.ci/tools.sh"

profile=dev
target="$repo/target/debug"
if [ "${1:-}" = --release ]; then
    profile=release
    target="$repo/target/release"
fi
(cd "$repo" && cargo build --quiet --locked --profile "$profile" \
    -p muster -p authorizer -p users -p groups -p bulk -p discovery -p admin -p changes)
