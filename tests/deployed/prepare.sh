# Sourced by the scripts of this folder: builds `muster` and the functions for this machine, with the profile of the tests or, with
# `--release`, with that of a deployment. `target` is where they are then.
set -euo pipefail
export PYTHONDONTWRITEBYTECODE=1
repo="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
. "$repo/.ci/tools.sh"

cd "$repo"
if [ "${1:-}" = --release ]; then
    target="$repo/target/release"
    cargo build --quiet --locked --release -p muster -p authorizer -p users -p groups -p bulk -p discovery -p admin -p changes
else
    target="$repo/target/debug"
    # With the tests: so everything has the features that it has in `cargo test --workspace`, and is built once.
    cargo build --quiet --locked --workspace --bins --tests
fi
