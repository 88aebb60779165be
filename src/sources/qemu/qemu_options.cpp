#include "src/sources/qemu/qemu_options.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <set>
#include <stdexcept>

namespace covnc {

namespace {

// A bus address has commas of its own: what may follow them.
constexpr std::array<std::string_view, 7> kAddressKeys{
    "path", "abstract", "guid", "host", "port", "family", "runtime"};

class Parser
{
public:
    explicit Parser(std::string_view text) : text_(text) {}

    QemuOptions parse()
    {
        std::string_view rest = text_;
        while (!rest.empty()) {
            const std::size_t comma = rest.find(',');
            take(rest.substr(0, comma));
            rest.remove_prefix(comma == std::string_view::npos ? rest.size() : comma + 1);
        }
        if (options_.qmp_path.empty() == options_.bus_address.empty()) {
            fail("give the machine's QMP socket as qmp=PATH or its bus as bus=ADDRESS");
        }
        if (seen_.contains("name") && options_.bus_address.empty()) {
            fail("name= goes with bus=ADDRESS only");
        }
        return options_;
    }

private:
    [[noreturn]] void fail(const std::string& mistake) const
    {
        throw std::invalid_argument("qemu:" + std::string(text_) + ": " + mistake);
    }

    void take(std::string_view piece)
    {
        const std::size_t equals = piece.find('=');
        const std::string_view key = piece.substr(0, equals);
        if (last_key_ == "bus" &&
            std::find(kAddressKeys.begin(), kAddressKeys.end(), key) != kAddressKeys.end()) {
            options_.bus_address += "," + std::string(piece);
            return;
        }
        if (last_key_ == "layout" && equals == std::string_view::npos && !piece.empty() &&
            options_.variant.empty()) {
            options_.variant = piece;
            return;
        }
        if (equals == std::string_view::npos || equals + 1 == piece.size()) {
            fail("'" + std::string(piece) + "' is not KEY=VALUE");
        }
        if (!seen_.insert(std::string(key)).second) {
            fail("'" + std::string(key) + "' is given twice");
        }
        assign(key, piece.substr(equals + 1));
        last_key_ = key;
    }

    void assign(std::string_view key, std::string_view value)
    {
        if (key == "qmp") {
            options_.qmp_path = value;
        } else if (key == "bus") {
            options_.bus_address = value;
        } else if (key == "name") {
            options_.bus_name = value;
        } else if (key == "layout") {
            options_.layout = value;
        } else if (key == "console") {
            options_.console = console(value);
        } else if (key == "tablets") {
            if (value != "each") {
                fail("tablets '" + std::string(value) + "' is not 'each'");
            }
            options_.has_tablet_for_each = true;
        } else {
            fail("'" + std::string(key) + "' is none of qmp, bus, name, console, tablets, layout");
        }
    }

    std::optional<std::uint32_t> console(std::string_view value) const
    {
        if (value == "all") {
            return std::nullopt;
        }
        std::uint32_t number = 0;
        const auto [end, error] =
            std::from_chars(value.data(), value.data() + value.size(), number);
        if (error != std::errc{} || end != value.data() + value.size()) {
            fail("console '" + std::string(value) + "' is not a number, nor 'all'");
        }
        return number;
    }

    std::string_view text_;
    QemuOptions options_;
    std::set<std::string, std::less<>> seen_;
    std::string_view last_key_;
};

} // namespace

QemuOptions QemuOptions::parse(std::string_view text)
{
    return Parser(text).parse();
}

std::string QemuOptions::text() const
{
    const QemuOptions defaults;
    std::string text = qmp_path.empty() ? "bus=" + bus_address : "qmp=" + qmp_path;
    if (bus_name != defaults.bus_name) {
        text += ",name=" + bus_name;
    }
    if (console != defaults.console) {
        text += ",console=" + (console ? std::to_string(*console) : "all");
    }
    if (has_tablet_for_each) {
        text += ",tablets=each";
    }
    if (layout != defaults.layout || !variant.empty()) {
        text += ",layout=" + layout + (variant.empty() ? "" : "," + variant);
    }
    return text;
}

} // namespace covnc
