#include "tools/load/settings.h"

#include "rfb/security/security_types.h"
#include "tools/load/abuse_catalogue.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <functional>
#include <iostream>
#include <sstream>
#include <toml++/toml.h>

namespace covnc::load {

namespace {

double number_of(const std::string& text, double least, double most)
{
    double number = 0;
    const char* end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc{} || rest != end || !(number >= least && number <= most)) {
        std::ostringstream message;
        message << "'" << text << "' is not a number from " << least << " to " << most;
        throw SettingsError(message.str());
    }
    return number;
}

bool flag_of(const std::string& text)
{
    if (text != "true" && text != "false") {
        throw SettingsError("'" + text + "' is neither true nor false");
    }
    return text == "true";
}

Depth depth_of(const std::string& text)
{
    if (text == "parse") {
        return Depth::kParse;
    }
    if (text == "decode") {
        return Depth::kDecode;
    }
    if (text == "verify") {
        return Depth::kVerify;
    }
    throw SettingsError("'" + text + "' is none of parse, decode, verify");
}

// "10% 5": a tenth of the viewers reconnect every five seconds.
Share<double> reconnects_of(const std::string& text)
{
    const std::size_t percent = text.find("% ");
    if (percent == std::string::npos) {
        throw SettingsError("'" + text + "' is not of the form '10% 5': a share, and seconds");
    }
    return {number_of(text.substr(0, percent), 0, 100),
            number_of(text.substr(percent + 2), 0.1, 86400)};
}

// "X,Y,WxH"
Rect area_of(const std::string& text)
{
    Rect area;
    char comma = 0;
    char second_comma = 0;
    char times = 0;
    std::istringstream in(text);
    in >> area.x >> comma >> area.y >> second_comma >> area.width >> times >> area.height;
    const bool is_good = in && in.peek() == std::istringstream::traits_type::eof() &&
                         comma == ',' && second_comma == ',' && times == 'x' && area.x >= 0 &&
                         area.y >= 0 && !area.is_empty();
    if (!is_good) {
        throw SettingsError("'" + text + "' is not of the form X,Y,WIDTHxHEIGHT");
    }
    return area;
}

std::string first_line_of(const std::string& path)
{
    std::ifstream file(path);
    std::string line;
    if (!std::getline(file, line)) {
        throw SettingsError("'" + path + "' cannot be read");
    }
    return line;
}

// what: the file's role, for the error.
std::string contents_of(const std::string& path, const char* what)
{
    std::ifstream file(path);
    if (!file) {
        throw SettingsError(std::string("the ") + what + " '" + path + "' cannot be read");
    }
    return {std::istreambuf_iterator<char>(file), {}};
}

// A scenario may say true or false instead of names.
std::string attacks_of(const std::string& text)
{
    if (text == "false") {
        return {};
    }
    const std::string names = text == "true" ? "all" : text;
    chosen_attacks(names); // complains
    return names;
}

std::vector<SecurityType> security_of(const std::string& text)
{
    std::vector<SecurityType> types;
    std::istringstream in(text);
    for (std::string name; std::getline(in, name, ',');) {
        const std::optional<SecurityType> type = security_type_of(name);
        if (!type) {
            throw SettingsError("'" + name + "' is not one of " + names_of_security_types());
        }
        types.push_back(*type);
    }
    return types;
}

constexpr double kDay = 86400;

struct Setting
{
    const char* name;
    const char* help;
    bool is_flag;
    std::function<void(LoadSettings&, const std::string&)> set;
};

// One list for the command line and for scenario files.
const std::vector<Setting>& all_settings()
{
    using S = LoadSettings;
    using Text = const std::string&;
    static const std::vector<Setting> list{
        {"clients",
         "viewers (10)",
         false,
         [](S& s, Text t) { s.clients = static_cast<std::size_t>(number_of(t, 1, 10000)); }},
        {"seconds",
         "how long once all have started (10)",
         false,
         [](S& s, Text t) { s.seconds = number_of(t, 0.1, kDay); }},
        {"ramp",
         "seconds over which they start (1)",
         false,
         [](S& s, Text t) { s.ramp = number_of(t, 0, kDay); }},
        {"mix",
         "kinds: '70% zrle, 20% tight-q6, 10% raw-16bpp' (zrle)",
         false,
         [](S& s, Text t) { s.mix = parse_mix(t); }},
        {"depth",
         "parse, decode or verify (parse)",
         false,
         [](S& s, Text t) { s.depth = depth_of(t); }},
        {"continuous",
         "ContinuousUpdates where the server can",
         true,
         [](S& s, Text t) { s.continuous = flag_of(t); }},
        {"no-fences",
         "as viewers that do not know Fence",
         true,
         [](S& s, Text t) { s.fences = !flag_of(t); }},
        {"think",
         "milliseconds between an update and the next request (0)",
         false,
         [](S& s, Text t) { s.think_ms = number_of(t, 0, 1e6); }},
        {"max-rate",
         "requests a second and viewer at most (no limit)",
         false,
         [](S& s, Text t) { s.max_rate = number_of(t, 0.01, 1e6); }},
        {"link",
         "simulated: '10% 64kbit, 20% 2mbit 200ms 5ms-jitter 1%-stalls'",
         false,
         [](S& s, Text t) { s.links = parse_links(t); }},
        {"reconnect",
         "'10% 5': a tenth of them come back every 5 seconds",
         false,
         [](S& s, Text t) { s.reconnects = reconnects_of(t); }},
        {"typing",
         "keys a second from each viewer (0)",
         false,
         [](S& s, Text t) { s.keys_per_second = number_of(t, 0, 1000); }},
        {"pointing",
         "pointer moves a second from each viewer (0)",
         false,
         [](S& s, Text t) { s.moves_per_second = number_of(t, 0, 1000); }},
        {"script",
         "FILE of input that each viewer plays: type, key, move, click, wheel, wait, loop",
         false,
         [](S& s, Text t) { s.script = parse_script(contents_of(t, "script"), t); }},
        {"probe",
         "X,Y,WxH: where a key changes the picture; measures how soon",
         false,
         [](S& s, Text t) { s.probe = area_of(t); }},
        {"probe-every",
         "seconds between the probe's keys (1)",
         false,
         [](S& s, Text t) { s.probe_seconds = number_of(t, 0.01, 3600); }},
        {"password-file",
         "its first line is the VNC password",
         false,
         [](S& s, Text t) { s.password = first_line_of(t); }},
        {"user", "where the security type asks", false, [](S& s, Text t) { s.user = t; }},
        {"security",
         "TYPE,... that viewers take, best first: X509Vnc, TLSNone, VncAuth (any)",
         false,
         [](S& s, Text t) { s.security = security_of(t); }},
        {"ca",
         "FILE of the authority that servers' certificates must be of (any certificate is taken)",
         false,
         [](S& s, Text t) {
             s.tls.ca = t;
             s.tls.accepts_any = false;
         }},
        {"tls-cert",
         "FILE: a certificate of our own",
         false,
         [](S& s, Text t) { s.tls.certificate = t; }},
        {"tls-key", "FILE: its key", false, [](S& s, Text t) { s.tls.key = t; }},
        {"pid",
         "the server's process: its CPU and memory are shown",
         false,
         [](S& s, Text t) { s.server_pid = static_cast<int>(number_of(t, 1, 1e9)); }},
        {"json",
         "write the figures there; '-' is standard output",
         false,
         [](S& s, Text t) { s.json_file = t; }},
        {"report",
         "write a web page with charts there",
         false,
         [](S& s, Text t) { s.report_file = t; }},
        {"abuse",
         "attack it instead: all attacks, or =NAME,NAME; =list lists them",
         true,
         [](S& s, Text t) { s.abuse = attacks_of(t); }},
        {"quiet", "no progress", true, [](S& s, Text t) { s.quiet = flag_of(t); }},
    };
    return list;
}

const Setting* find_setting(std::string_view name)
{
    for (const Setting& setting : all_settings()) {
        if (name == setting.name) {
            return &setting;
        }
    }
    return nullptr;
}

std::string text_of(const toml::node& node)
{
    if (const auto text = node.value<std::string>(); text && node.is_string()) {
        return *text;
    }
    if (const auto flag = node.as_boolean()) {
        return flag->get() ? "true" : "false";
    }
    if (node.is_number()) {
        std::ostringstream out;
        out << *node.value<double>();
        return out.str();
    }
    throw SettingsError("must be a text, a number, true or false");
}

std::string place(const std::string& file, const toml::source_region& where)
{
    return file + ":" + std::to_string(where.begin.line) + ": ";
}

} // namespace

void apply_scenario(LoadSettings& settings, const std::string& toml, const std::string& file)
{
    toml::table table;
    try {
        table = toml::parse(toml, file);
    } catch (const toml::parse_error& error) {
        throw SettingsError(place(file, error.source()) + std::string(error.description()));
    }
    for (const auto& [key, node] : table) {
        const std::string name(key.str());
        const std::string prefix = place(file, node.source()) + name + ": ";
        const Setting* setting = find_setting(name);
        if (setting == nullptr) {
            throw SettingsError(prefix + "there is no such setting");
        }
        try {
            setting->set(settings, text_of(node));
        } catch (const SettingsError& error) {
            throw SettingsError(prefix + error.what());
        }
    }
}

std::string server_text(const LoadSettings& settings)
{
    return settings.web ? settings.web->text() : settings.server.text();
}

std::optional<LoadSettings> read_settings(int argc, const char* const* argv)
{
    CLI::App app("Loads a VNC server with simulated viewers and says how it fares.", "covnc-load");
    std::string server;
    std::string scenario;
    app.add_option("SERVER", server, "HOST:PORT, [V6]:PORT, unix:PATH, ws[s]://HOST:PORT[/PATH]");
    app.add_option("--scenario", scenario, "FILE.toml with any of the settings below");
    std::map<std::string, std::string> given;
    for (const Setting& setting : all_settings()) {
        const std::string option = std::string("--") + setting.name;
        if (setting.is_flag) {
            // What may stand behind '=' is the setting's to judge.
            app.add_flag(option, given[setting.name], setting.help);
        } else {
            app.add_option(option, given[setting.name], setting.help);
        }
    }
    try {
        app.parse(argc, argv);
    } catch (const CLI::CallForHelp&) {
        std::cout << app.help();
        return {};
    } catch (const CLI::ParseError& error) {
        throw SettingsError(error.what());
    }
    if (given["abuse"] == "list") {
        print_catalogue(std::cout);
        return {};
    }
    if (server.empty()) {
        throw SettingsError("SERVER is required");
    }
    LoadSettings settings;
    settings.mix = parse_mix("zrle");
    try {
        settings.web = WebAddress::parse(server);
        settings.server = Endpoint::parse(settings.web ? settings.web->authority : server);
    } catch (const EndpointError& error) {
        throw SettingsError(error.what());
    }
    if (!scenario.empty()) {
        apply_scenario(settings, contents_of(scenario, "scenario"), scenario);
    }
    for (const Setting& setting : all_settings()) {
        const std::string option = std::string("--") + setting.name;
        if (app.count(option) == 0) {
            continue;
        }
        try {
            setting.set(settings, given[setting.name]);
        } catch (const SettingsError& error) {
            throw SettingsError(option + ": " + error.what());
        }
    }
    if (settings.web && !settings.abuse.empty()) {
        throw SettingsError("--abuse is for ports of RFB, not for " + server);
    }
    return settings;
}

} // namespace covnc::load
