#!/usr/bin/env bash
# Fetches a part of an npm package once into target/, and prints its path:
#   infra/npm-package.sh PACKAGE VERSION SHA256 PART
# PART is a file or directory of the package; SHA256 is that of the package's archive.
set -euo pipefail

(($# == 4)) || { printf 'Usage: infra/npm-package.sh PACKAGE VERSION SHA256 PART\n' >&2; exit 1; }
package=$1 version=$2 sha256=$3 part=$4
home=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)/target/npm
place=$home/$package-$version

fail() { printf 'npm-package: %s\n' "$*" >&2; exit 1; }

if [[ ! -e $place/$part ]]; then
  command -v npm >/dev/null ||
    fail "npm is missing, which fetches $package $version once. On Debian: apt-get install npm"
  printf 'npm-package: fetching %s %s, once\n' "$package" "$version" >&2
  # Made beside its place and moved there when whole: an interrupted fetch leaves no half package.
  mkdir -p "$home"
  fresh=$(mktemp -d "$home/fetch.XXXXXX")
  trap 'rm -rf "$fresh"' EXIT
  npm pack --silent --pack-destination "$fresh" "$package@$version" >/dev/null ||
    fail "npm could not fetch $package@$version"
  printf '%s  %s\n' "$sha256" "$fresh"/*.tgz | sha256sum --check --quiet >&2 ||
    fail "$package@$version is not what it was when its checksum was written down"
  tar -xzf "$fresh"/*.tgz -C "$fresh" "package/$part" || fail "$package@$version has no $part"
  rm -rf "$place"
  mv -T "$fresh/package" "$place"
fi
printf '%s\n' "$place/$part"
