# Sourced by the commands in bin/: brings a clone to where keyman can run. Safe to run again at any time; what stands is left alone.
# Debian packages (needs root or sudo), npm packages, build. Everything is looked for before anything is installed.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
node_bin="$root/node_modules/node/bin/node"

say() { printf '%s\n' "$*" >&2; }
fail() { say "$*"; exit 1; }

# Is any of these files there? Arguments are shell patterns.
any_file() {
  local pattern path
  for pattern in "$@"; do
    for path in $pattern; do [ -e "$path" ] && return 0; done
  done
  return 1
}

# Debian packages that keyman runs on and that are missing, one a line.
missing_to_run() {
  any_file /usr/lib/softhsm/libsofthsm2.so '/usr/lib/*/softhsm/libsofthsm2.so' || [ -n "${PKCS11_MODULE:-}" ] || echo softhsm2
  any_file '/usr/lib/postgresql/*/bin/initdb' || [ -n "${DATABASE_URL:-}${DATABASE_URL_FILE:-}" ] || echo postgresql
}

# Those that pkcs11js is compiled with, where it is not compiled yet.
missing_to_compile() {
  [ -e "$root/node_modules/pkcs11js/build/Release/pkcs11.node" ] && return 0
  command -v g++ >/dev/null || echo g++
  command -v make >/dev/null || echo make
  command -v python3 >/dev/null || echo python3
}

# require_packages COMMAND:PACKAGE …: installs the packages whose command is missing.
require_packages() {
  local each missing=()
  for each in "$@"; do command -v "${each%%:*}" >/dev/null || missing+=("${each#*:}"); done
  [ ${#missing[@]} -eq 0 ] || install_packages "${missing[@]}"
}

# Installs the named Debian packages, or says what to type and stops.
install_packages() {
  [ $# -gt 0 ] || return 0
  local as_root=()
  command -v apt-get >/dev/null || fail "These Debian packages are missing, and there is no apt-get here to install them: $*"
  if [ "$(id -u)" -ne 0 ]; then
    if command -v sudo >/dev/null && { sudo -n true 2>/dev/null || [ -t 0 ]; }; then as_root=(sudo)
    else fail "These Debian packages are missing: $*
Install them as root and start again:
  apt-get update && apt-get install -y --no-install-recommends $*"; fi
  fi
  say "Installing Debian packages: $*"
  local log
  log=$(mktemp)
  if ! { "${as_root[@]}" apt-get -q update && "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends install "$@"; } </dev/null >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    rm -f "$log"
    fail "The packages could not be installed: $*"
  fi
  rm -f "$log"
}

require_npm() {
  command -v node >/dev/null && command -v npm >/dev/null || fail "Node 20 or newer and npm are needed (Debian: apt-get install nodejs npm)."
  local major
  major=$(node -p 'process.versions.node.split(".")[0]')
  [ "$major" -ge 18 ] || fail "Node $(node -v) is too old to install the rest; Node 20 or newer is needed."
}

# npm packages exactly as the lock file has them; again only when it changed.
install_modules() {
  local stamp="$root/node_modules/.cinnabar-installed" wanted started headers
  wanted=$(sha256sum "$root/package-lock.json" | cut -d' ' -f1)
  if [ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ] && [ -x "$node_bin" ]; then return 0; fi
  require_npm
  started=$SECONDS
  say "Installing npm packages …"
  (
    cd "$root"
    rm -f "$stamp"
    quietly npm ci --ignore-scripts
    # Two packages have scripts worth running: node brings Node 24, pkcs11js is compiled. Node's own headers come with the
    # former, so that nothing else is downloaded.
    quietly npm rebuild node
    for headers in "$root"/node_modules/node/node_modules/node-*/ /usr/; do
      [ -e "$headers/include/node/node_api.h" ] || continue
      export npm_config_nodedir="${headers%/}"
      break
    done
    quietly npm rebuild pkcs11js
  ) || exit 1
  [ -x "$node_bin" ] || fail "npm did not bring Node 24 (package node)."
  echo "$wanted" >"$stamp"
  say "  done in $((SECONDS - started)) s"
}

# Runs a command; its output is shown only when it fails.
quietly() {
  local log
  log=$(mktemp)
  if ! "$@" </dev/null >"$log" 2>&1; then
    tail -n 30 "$log" >&2
    rm -f "$log"
    say "failed: $*"
    return 1
  fi
  rm -f "$log"
}

# Compiles when a source, a configuration or the installed packages changed since the last build.
build() {
  local stamp="$root/dist/.cinnabar-built" started
  if [ -e "$stamp" ] && [ -z "$(find "$root/apps" "$root/libs" "$root/prisma-less-migrations" "$root"/tsconfig*.json "$root/nest-cli.json" "$root/package-lock.json" \
    "$root/bin/lib/link-dist.js" \( -name node_modules -prune \) -o -newer "$stamp" \( -type f -o -type d \) -print -quit)" ]; then return 0; fi
  started=$SECONDS
  say "Building …"
  mkdir -p "$root/dist"
  touch "$root/dist/.cinnabar-building"
  (cd "$root" && quietly npm run --silent build) || exit 1
  # Dated from before the build: what changed while it ran is built next time.
  mv "$root/dist/.cinnabar-building" "$stamp"
  say "  done in $((SECONDS - started)) s"
}

# npm packages only: enough for checks that run nothing.
prepare_modules() {
  # shellcheck disable=SC2046
  install_packages $(missing_to_compile)
  install_modules
}

# Everything that a running keyman needs.
prepare_all() {
  # shellcheck disable=SC2046
  install_packages $(missing_to_run) $(missing_to_compile)
  install_modules
  build
}
