// What follows "qemu:" in a SOURCE. Values; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace covnc {

// qmp=PATH or bus=ADDRESS[,name=BUSNAME]; then [,console=N|all][,tablets=each]
// [,layout=NAME[,VARIANT]], in any order.
struct QemuOptions
{
    std::string qmp_path;    // of a machine run with -display dbus,p2p=yes; or else:
    std::string bus_address; // as D-Bus writes it, of a machine run with -display dbus,addr=...
    std::string bus_name = "org.qemu";
    std::optional<std::uint32_t> console = 0; // nothing: all, side by side
    bool has_tablet_for_each = false;         // of the consoles; else one tablet is for all
    std::string layout = "us";                // of the guest's keyboard, an XKB name
    std::string variant;

    // Throws std::invalid_argument, whose text names the mistake.
    static QemuOptions parse(std::string_view text);
    // The text that gives these options.
    std::string text() const;
};

} // namespace covnc
