#!/bin/sh
# See to it that the browser tests have a Chromium, and Chinese letters to draw with, where this
# user may install them. It never fails: tests that cannot run say so in the closing summary.
set -u

found() {
    command -v "$1" >/dev/null 2>&1
}

has_browser() {
    [ -n "${CHROMIUM:-}" ] || found chromium || found chromium-browser || found google-chrome
}

has_chinese_font() {
    if found fc-list; then [ -n "$(fc-list :lang=zh family)" ]; else dpkg -s fonts-noto-cjk; fi \
        >/dev/null 2>&1
}

wanted=
has_browser || wanted=chromium
has_chinese_font || wanted="$wanted fonts-noto-cjk"
[ -n "$wanted" ] || exit 0

if [ "$(id -u)" -ne 0 ] || [ ! -f /etc/debian_version ] || ! found apt-get; then
    exit 0
fi

echo "Installing for the browser tests:" $wanted
export DEBIAN_FRONTEND=noninteractive
# shellcheck disable=SC2086 # a list of package names
if apt-get -qq update </dev/null >/dev/null 2>&1 &&
    apt-get -qq install --yes --no-install-recommends $wanted </dev/null >/dev/null 2>&1
then
    exit 0
fi
echo "apt-get could not install" $wanted "(is there a network?)"
