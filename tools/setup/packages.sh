# The Debian 12 packages that covnc needs; read by the scripts beside it.

build_packages=(
    ca-certificates cmake g++ git ninja-build pkg-config
    libcli11-dev libcrypt-dev libfmt-dev libgnutls28-dev libhttp-parser-dev libisal-dev libpam0g-dev libpixman-1-dev
    libpng-dev libsasl2-dev libspdlog-dev libspeexdsp-dev libsystemd-dev libtomlplusplus-dev libturbojpeg0-dev
    libwslay-dev libxkbcommon-dev
    nettle-dev nlohmann-json3-dev zlib1g-dev
)
# What covncd needs besides when it runs.
run_packages=(libsasl2-modules libx11-data novnc)
test_packages=(
    catch2 ccache clang-19 clang-format-19 clang-tidy-19 libclang-rt-19-dev dbus-daemon
    libgvnc-1.0-dev libsasl2-modules libsasl2-modules-db libvncserver-dev libx11-data python3 xkb-data
)
system_packages=(
    chromium chromium-driver console-setup debian-installer-12-netboot-amd64 gnutls-bin grub-common grub-pc-bin gvncviewer imagemagick
    libx11-dev memtest86+ mtools novnc pulseaudio pulseaudio-utils python3 python3-cryptography qemu-system-gui
    qemu-system-x86 remmina remmina-plugin-vnc sasl2-bin seabios ssvnc systemd tigervnc-standalone-server tshark
    tigervnc-viewer vncsnapshot x11-utils xclip xdotool xorriso xterm xtightvncviewer xvfb
)

# install_packages NAME...: what is installed already costs nothing and needs no network.
install_packages() {
    local missing=() name
    for name in "$@"; do
        dpkg-query -W -f='${Status}' "$name" 2>/dev/null | grep -q 'ok installed' || missing+=("$name")
    done
    [ ${#missing[@]} -eq 0 ] && return
    local as_root=()
    [ "$(id -u)" -eq 0 ] || as_root=(sudo)
    echo "installing: ${missing[*]}"
    "${as_root[@]}" apt-get update -qq
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}
