#include "src/viewer_options.h"

#include <CLI/CLI.hpp>

#include <map>

namespace covnc {

namespace {

const std::map<std::string, SharingPolicy>& sharing_policies()
{
    static const std::map<std::string, SharingPolicy> all{
        {"always", SharingPolicy::kShare},
        {"disconnect", SharingPolicy::kDisconnect},
        {"refuse", SharingPolicy::kRefuse},
        {"never", SharingPolicy::kNever}};
    return all;
}

const std::map<std::string, ClipboardPolicy>& clipboard_policies()
{
    static const std::map<std::string, ClipboardPolicy> all{{"both", {true, true}},
                                                            {"in", {true, false}},
                                                            {"out", {false, true}},
                                                            {"off", {false, false}}};
    return all;
}

template <typename Value>
CLI::Validator one_of(const std::map<std::string, Value>& known)
{
    return CLI::Validator(
        [&known](const std::string& text) {
            std::string names;
            for (const auto& [name, value] : known) {
                names += (names.empty() ? "" : ", ") + name;
            }
            return known.contains(text) ? std::string() : "'" + text + "' is none of " + names;
        },
        "");
}

Duration limit(std::int64_t seconds)
{
    return seconds == 0 ? Duration::max() : std::chrono::seconds(seconds);
}

} // namespace

void add_viewer_options(CLI::App& app, ViewerOptions& options)
{
    constexpr std::int64_t kMostSeconds = 365LL * 24 * 3600;
    app.add_option(
           "--share", options.share, "always, disconnect, refuse or never (default: always)")
        ->type_name("HOW")
        ->check(one_of(sharing_policies()));
    app.add_option(
           "--clipboard", options.clipboard, "Copied texts go both, in, out or off (default: both)")
        ->type_name("WAY")
        ->check(one_of(clipboard_policies()));
    app.add_flag("--view-only", options.view_only, "Nobody types or points");
    app.add_flag("--no-resize", options.no_resize, "Viewers cannot ask for another size");
    app.add_flag(
        "--allow-power", options.allow_power, "Viewers may shut down and reset the machine");
    app.add_option("--idle-limit", options.idle_limit, "End viewers that send no input for so long")
        ->type_name("SECONDS")
        ->check(CLI::Range(std::int64_t{0}, kMostSeconds).description(""));
    app.add_option(
           "--session-limit", options.session_limit, "End viewers that are there for so long")
        ->type_name("SECONDS")
        ->check(CLI::Range(std::int64_t{0}, kMostSeconds).description(""));
}

void apply(const ViewerOptions& options, AccessPolicy& access)
{
    access.sharing = sharing_policies().at(options.share);
    access.clipboard = clipboard_policies().at(options.clipboard);
    access.view_only = options.view_only;
    access.resize = !options.no_resize;
    access.power = options.allow_power;
    access.limits.idle = limit(options.idle_limit);
    access.limits.session = limit(options.session_limit);
}

} // namespace covnc
