#include "src/options.h"

#include <CLI/CLI.hpp>

#include <fstream>
#include <iostream>
#include <map>
#include <sys/stat.h>
#include <thread>

namespace covnc {

namespace {

constexpr const char* kVersion = "covncd " COVNC_VERSION;
constexpr const char* kFooter = R"(
ENDPOINT  HOST:PORT, [V6]:PORT, unix:PATH (mode 0600) or fd:N (an inherited listening socket)
SOURCE    pattern[:WxH][,still]                        a moving picture, or a fixed one
          qemu:qmp=PATH[,console=N][,layout=NAME]      a QEMU with -display dbus,p2p=yes
          qemu:bus=ADDRESS[,name=BUSNAME][,console=N][,layout=NAME]
          shm:PATH                                     an emulator with covnc_display.h
TYPE      None, VncAuth

Listens on 127.0.0.1:5900 unless told otherwise. --web shows noVNC to browsers (package novnc). Ends with status 0 on SIGTERM.)";

// Names as viewers write them; what we cannot do yet is named, so that the answer is clear.
SecurityType security_type(const std::string& name)
{
    if (name == "None") {
        return SecurityType::kNone;
    }
    if (name == "VncAuth") {
        return SecurityType::kVncAuth;
    }
    throw OptionError("--auth: '" + name + "' is not one of None, VncAuth");
}

void read_access(Options& options, const std::vector<std::string>& types, const std::string& file)
{
    AccessPolicy& access = options.access;
    if (!file.empty()) {
        access.passwords = read_password_file(file);
    }
    if (!types.empty()) {
        access.types.clear();
        for (const std::string& type : types) {
            access.types.push_back(security_type(type));
        }
    } else if (!file.empty()) {
        access.types = {SecurityType::kVncAuth};
    }
    for (const SecurityType type : access.types) {
        if (type == SecurityType::kVncAuth && file.empty()) {
            throw OptionError("--auth VncAuth needs --password-file");
        }
    }
}

std::size_t default_workers()
{
    return std::max(1U, std::thread::hardware_concurrency());
}

} // namespace

VncPasswords read_password_file(const std::string& path)
{
    std::ifstream file(path);
    VncPasswords passwords;
    if (!file || !std::getline(file, passwords.full)) {
        throw OptionError("--password-file: cannot read a password from " + path);
    }
    std::getline(file, passwords.view_only);
    if (passwords.full.empty()) {
        throw OptionError(path + ":1: the password is empty");
    }
    if (passwords.full.substr(0, 8) == passwords.view_only.substr(0, 8)) {
        throw OptionError(path + ":2: the view-only password equals the full one (only the first 8 "
                                 "characters of a VNC password count)");
    }
    return passwords;
}

namespace {

void add_log_level(CLI::App& app, Options& options)
{
    const std::map<std::string, spdlog::level::level_enum> levels{{"debug", spdlog::level::debug},
                                                                  {"info", spdlog::level::info},
                                                                  {"warning", spdlog::level::warn},
                                                                  {"error", spdlog::level::err}};
    app.add_option("--log-level", options.log_level, "debug, info, warning or error")
        ->type_name("LEVEL")
        ->transform(CLI::Transformer(levels).description(""))
        ->transform(CLI::Validator(
            [levels](const std::string& text) {
                return levels.count(text) != 0
                           ? std::string()
                           : "'" + text + "' is none of debug, info, warning, error";
            },
            ""));
}

std::vector<Endpoint> read_endpoints(const std::vector<std::string>& texts, const char* option)
{
    std::vector<Endpoint> endpoints;
    for (const std::string& text : texts) {
        try {
            endpoints.push_back(Endpoint::parse(text));
        } catch (const EndpointError& error) {
            throw OptionError(std::string(option) + ": " + error.what());
        }
    }
    return endpoints;
}

// What is known when all has been read.
struct WebTexts
{
    std::vector<std::string> endpoints;
    std::vector<std::string> proxies;
};

void add_web(CLI::App& app, Options& options, WebTexts& texts)
{
    app.add_option("--web", texts.endpoints, "Where browsers connect; may be repeated")
        ->type_name("ENDPOINT")
        ->allow_extra_args(false);
    app.add_option("--web-root", options.web_root, "The web client (default: /usr/share/novnc)")
        ->type_name("DIR");
    app.add_option("--web-origin", options.web_origins, "Sites whose pages may connect")
        ->type_name("https://HOST,...")
        ->delimiter(',');
    app.add_option("--trusted-proxy", texts.proxies, "Proxies that say for whom they speak")
        ->type_name("ADDRESS[/BITS],...")
        ->delimiter(',');
}

} // namespace

std::optional<Options> parse_options(int argc, const char* const* argv)
{
    Options options;
    std::vector<std::string> listen;
    WebTexts web;
    std::vector<std::string> types;
    std::string password_file;
    options.workers = default_workers();

    CLI::App app("VNC server for emulated displays: shows one machine to any number of viewers.");
    app.set_version_flag("--version", kVersion);
    app.footer(kFooter);
    app.add_option("--source", options.source, "What to show (default: pattern)")
        ->type_name("SOURCE");
    app.add_option("--listen", listen, "Where viewers connect; may be repeated")
        ->type_name("ENDPOINT")
        ->allow_extra_args(false);
    add_web(app, options, web);
    app.add_option("--name", options.display.name, "Title in the viewer's window")
        ->type_name("TEXT");
    app.add_option("--auth", types, "Security types offered, best first")
        ->type_name("TYPE,...")
        ->delimiter(',');
    app.add_option("--password-file", password_file, "1st line: password, 2nd: view-only password")
        ->type_name("FILE");
    app.add_option("--max-rate", options.display.max_rate, "Updates a second at most (default: 60)")
        ->type_name("HZ")
        ->check(CLI::Range(1, 1000));
    app.add_option("--workers", options.workers, "Encoding threads (default: one a core)")
        ->type_name("N")
        ->check(CLI::Range(1, 256));
    app.add_flag("--insecure", options.insecure, "Listen beyond this machine without a login");
    add_log_level(app, options);
    try {
        app.parse(argc, argv);
    } catch (const CLI::Success& request) {
        app.exit(request);
        return std::nullopt;
    } catch (const CLI::ParseError& error) {
        throw OptionError(error.what());
    }
    if (listen.empty()) {
        listen.emplace_back("127.0.0.1:5900");
    }
    options.listen = read_endpoints(listen, "--listen");
    options.web = read_endpoints(web.endpoints, "--web");
    try {
        options.trusted_proxies = TrustedProxies(web.proxies);
    } catch (const std::invalid_argument& error) {
        throw OptionError(std::string("--trusted-proxy: ") + error.what());
    }
    read_access(options, types, password_file);
    return options;
}

std::string
check_exposure(const Endpoint& endpoint, const Options& options, const std::string& option)
{
    std::vector<SocketAddress> addresses;
    if (endpoint.kind() == Endpoint::Kind::kInherited) {
        sockaddr_storage storage{};
        socklen_t length = sizeof storage;
        auto* const address = reinterpret_cast<sockaddr*>(&storage);
        if (getsockname(endpoint.inherited_fd(), address, &length) != 0) {
            throw OptionError(option + " " + endpoint.text() + ": no socket was handed over there");
        }
        addresses.emplace_back(address, length);
    } else {
        addresses = endpoint.resolve();
    }
    for (const SocketAddress& address : addresses) {
        if (address.is_loopback()) {
            continue;
        }
        for (const SecurityType type : options.access.types) {
            if (type == SecurityType::kNone && !options.insecure) {
                throw OptionError(
                    option + " " + endpoint.text() +
                    ": anybody who reaches this address could use the display without "
                    "a login; give --auth VncAuth --password-file FILE, or --insecure "
                    "if that is what you want");
            }
        }
        return "everybody on the network can read what goes over " + endpoint.text() +
               ": nothing is encrypted there" +
               (options.insecure ? "" : ", and a VNC password has 8 characters at most");
    }
    return {};
}

} // namespace covnc
