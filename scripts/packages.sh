# The Debian packages that Cadre needs, by purpose, and how they are installed. Sourced by quickstart and test.
# shellcheck shell=bash disable=SC2034

packages_build="g++ cmake ninja-build pkg-config git libzmq3-dev cppzmq-dev libmsgpack-cxx-dev libmariadb-dev
  libyaml-cpp-dev libspdlog-dev libfmt-dev nlohmann-json3-dev libcli11-dev libsodium-dev libsmartcols-dev
  libhowardhinnant-date-dev libmicrohttpd-dev libseccomp-dev"
# Never mariadb-server: that one starts a service.
packages_run="mariadb-server-core mariadb-client-core tzdata"
packages_engines="python3 python3-gi python3-gi-cairo gir1.2-pango-1.0 fonts-dejavu-core fonts-vlgothic qpdf iso-codes"
packages_letters_check="poppler-utils"
packages_package="lintian help2man dpkg-dev file"
packages_backup="mariadb-client"  # mariadb-dump, for cadre backup
packages_test="libgtest-dev libbenchmark-dev librapidcheck-dev python3-zmq python3-msgpack poppler-utils fontconfig
  shellcheck procps util-linux iproute2 nftables libfaketime openssh-client openssl systemd mmdebstrap $packages_package $packages_backup"

say() { printf '%s\n' "$*" >&2; }
die() { say "$@"; exit 1; }

# Runs as root, directly or through sudo.
as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"
  elif command -v sudo >/dev/null 2>&1; then sudo "$@"
  else die "cannot install packages: this is not root and there is no sudo. As root: apt-get install $*"
  fi
}

missing_packages() {
  local package
  for package in "$@"; do
    dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || printf '%s\n' "$package"
  done
}

# install_packages NAME...: lists what is missing, with its size, and installs it. Nothing that is there is removed, and
# nothing is started; where apt would do either, it stops and says what.
install_packages() {
  local missing plan removed
  # shellcheck disable=SC2046
  missing=$(missing_packages "$@" | tr '\n' ' ')
  [ -n "${missing// /}" ] || return 0
  if ! command -v apt-get >/dev/null 2>&1; then
    die "these Debian packages are missing, and there is no apt-get here: $missing"
  fi
  # shellcheck disable=SC2086
  if ! apt-get install --simulate --no-install-recommends $missing >/dev/null 2>&1; then
    say "updating the list of packages"
    as_root apt-get update -qq || die "apt-get update failed; is the network there?"
  fi
  # shellcheck disable=SC2086
  plan=$(LC_ALL=C apt-get install --simulate --no-install-recommends $missing 2>&1) \
    || die "apt-get cannot install: $missing" "$plan"
  removed=$(printf '%s\n' "$plan" | sed -n 's/^Remv \([^ ]*\).*/\1/p' | tr '\n' ' ')
  [ -z "$removed" ] || die "apt would remove: $removed" "Cadre does not do that; install by hand what you can do without it: $missing"
  # Of all that the lists above bring along, these alone could bring a daemon that is started (dpkg -L: the others have no unit).
  if printf '%s\n' "$plan" | grep -q '^Inst mariadb-server \|^Inst mysql-server '; then
    die "apt would install a database server that starts a service; Cadre does not do that"
  fi
  say "packages to install: $missing"
  # shellcheck disable=SC2086
  LC_ALL=C apt-get install --assume-no --no-install-recommends $missing 2>/dev/null | grep -E '^(Need to get|After this)' >&2 || true
  # shellcheck disable=SC2086
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends --no-remove $missing >&2 </dev/null \
    || die "apt-get install failed"
}

# install_sshd: OpenSSH's server, for the tests of what goes over ssh; they start it themselves, on loopback. Its package would
# start one and have it started at each boot where systemd runs: there it is not installed, and those tests are skipped.
install_sshd() {
  [ ! -x /usr/sbin/sshd ] || return 0
  if [ -d /run/systemd/system ]; then
    say "there is no sshd here, and its package (openssh-server) would start one: what goes over ssh is not tried"
  else
    install_packages openssh-server
  fi
}

# fetch_promtool FILE: Prometheus' own checker, for the tests of metrics and alerts. Its package would start a server where
# systemd runs, so the package is only unpacked; where it cannot be had, those tests are skipped and say so.
fetch_promtool() {
  local place
  [ ! -x "$1" ] && ! command -v promtool >/dev/null 2>&1 || return 0
  place=$(mktemp -d)
  if (cd "$place" && apt-get download -qq prometheus >&2 && dpkg-deb --fsys-tarfile prometheus_*.deb | tar -x ./usr/bin/promtool); then
    install -D -m 755 "$place/usr/bin/promtool" "$1"
  else
    say "promtool cannot be fetched (Debian's package prometheus): metrics and alerts are not tried"
  fi
  rm -rf "$place"
}
