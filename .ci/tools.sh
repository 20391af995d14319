# Sourced: where tools are kept that are installed once, and how.

cache="${MUSTER_CI_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/muster-ci}"
mkdir -p "$cache"

# venv NAME PACKAGE...: a virtual environment that has these packages, made once.
venv() {
    local directory="$cache/venv-$1"
    shift
    if [ ! -e "$directory/complete" ] || [ "$(cat "$directory/complete")" != "$*" ]; then
        rm -rf "$directory" &&
            python3 -m venv "$directory" &&
            "$directory/bin/pip" install --quiet --disable-pip-version-check "$@" &&
            printf '%s' "$*" >"$directory/complete"
    fi
}

# cfn-lint, and SAM with the emulator of Lambda's runtime interface in it.
venv_lint() {
    venv lint cfn-lint==1.58.0 aws-sam-cli==1.170.0
}
