#include "src/options.h"

#include "rfb/security/rsa_aes_suite.h"
#include "rfb/security/security_types.h"
#include "src/login_options.h"
#include "src/viewer_options.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <fstream>
#include <iostream>
#include <map>
#include <string_view>
#include <sys/stat.h>
#include <thread>

namespace covnc {

namespace {

constexpr std::size_t kMost = 1000000; // connections
constexpr const char* kVersion = "covncd " COVNC_VERSION;
constexpr const char* kFooter =
    R"(ENDPOINT  HOST:PORT, [V6]:PORT, unix:PATH (mode 0600) or fd:N (an inherited listening socket)
SOURCE    pattern[:WxH][,still]                        a moving picture, or a fixed one
          qemu:qmp=PATH[,console=N|all][,tablets=each][,layout=NAME]
                                                       a QEMU with -display dbus,p2p=yes
          qemu:bus=ADDRESS[,name=BUSNAME][,...]        the same, with -display dbus,addr=ADDRESS
          shm:PATH                                     an emulator with covnc_display.h
TYPE      None, VncAuth; with TLS: TLSNone, TLSVnc, TLSPlain, X509None, X509Vnc, X509Plain; Plain;
          RA2, RA2ne, RA2_256, RA2ne_256 (RSA-AES; "ne": only the login is encrypted);
          SASL, TLSSASL, X509SASL; Tight (an envelope for others)

Listens on 127.0.0.1:5900 by default; --web shows noVNC (package novnc); SIGTERM ends it, status 0.)";

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

// --help fits a screen; --help-all does not.
void hide_rare_options(CLI::App& app, int argc, const char* const* argv)
{
    app.set_help_all_flag("--help-all",
                          "The rest of the options as well: limits, what viewers may do");
    const bool wants_help = std::any_of(
        argv, argv + argc, [](std::string_view text) { return text == "--help" || text == "-h"; });
    if (!wants_help) { // what is hidden has no name in errors
        return;
    }
    for (const char* const name : {"--reverse",
                                   "--trusted-proxy",
                                   "--password-expires",
                                   "--view-only-users",
                                   "--tls-client-ca",
                                   "--tls-client-allow",
                                   "--sasl-config",
                                   "--sasl-mechanisms",
                                   "--share",
                                   "--clipboard",
                                   "--view-only",
                                   "--no-resize",
                                   "--allow-power",
                                   "--idle-limit",
                                   "--session-limit",
                                   "--max-connections",
                                   "--max-logins",
                                   "--max-logins-per-address",
                                   "--max-failed-logins"}) {
        app.get_option(name)->group(""); // those without a group are not listed
    }
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

std::vector<ReverseTarget> read_targets(const std::vector<std::string>& texts)
{
    std::vector<ReverseTarget> targets;
    for (const std::string& text : texts) {
        try {
            targets.push_back(ReverseTarget::parse(text));
        } catch (const EndpointError& error) {
            throw OptionError(std::string("--reverse: ") + error.what());
        }
    }
    return targets;
}

TrustedProxies read_proxies(const std::vector<std::string>& texts)
{
    try {
        return TrustedProxies(texts);
    } catch (const std::invalid_argument& error) {
        throw OptionError(std::string("--trusted-proxy: ") + error.what());
    }
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
    std::vector<std::string> reverse;
    LoginOptions logins;
    ViewerOptions viewers;
    std::optional<std::size_t> per_address;
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
    app.add_option("--reverse", reverse, "A listening viewer to call; may be repeated")
        ->type_name("HOST:PORT[,id=ID]")
        ->allow_extra_args(false);
    app.add_option("--name", options.display.name, "Title in the viewer's window")
        ->type_name("TEXT");
    add_login_options(app, logins);
    add_viewer_options(app, viewers);
    app.add_option("--max-rate", options.display.max_rate, "Updates a second at most (default: 60)")
        ->type_name("HZ")
        ->check(CLI::Range(1, 1000).description(""));
    app.add_option("--workers", options.workers, "Encoding threads (default: one a core)")
        ->type_name("N")
        ->check(CLI::Range(1, 256).description(""));
    app.add_option(
           "--max-connections", options.limits.connections, "Viewers at once (default: 20000)")
        ->type_name("N")
        ->check(CLI::Range(std::size_t{1}, kMost).description(""));
    app.add_option("--max-logins",
                   options.limits.not_logged_in,
                   "Of these, who have not logged in yet (default: 400)")
        ->type_name("N")
        ->check(CLI::Range(std::size_t{1}, kMost).description(""));
    app.add_option(
           "--max-logins-per-address", per_address, "Of these, from one address (default: 100)")
        ->type_name("N")
        ->check(CLI::Range(std::size_t{0}, kMost).description(""));
    app.add_option("--max-failed-logins",
                   options.limits.guard.free_failures,
                   "Before an address has to wait (default: 5; 0: never)")
        ->type_name("N")
        ->check(CLI::Range(std::size_t{0}, kMost).description(""));
    app.add_flag("--insecure", options.insecure, "Listen beyond this machine without a login");
    add_log_level(app, options);
    hide_rare_options(app, argc, argv);
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
    options.reverse = read_targets(reverse);
    options.trusted_proxies = read_proxies(web.proxies);
    options.access = read_access(logins);
    apply(viewers, options.access);
    if (!options.access.view_only) {
        options.display.clipboard = options.access.clipboard;
    } else {
        options.display.clipboard = {false, false};
    }
    options.rsa_key_file = logins.rsa_key_file;
    options.password_file = logins.password_file;
    options.tls_files = logins.tls;
    if (per_address) {
        options.limits.not_logged_in_per_address = *per_address;
        options.limits.limits_this_machine = true;
    }
    return options;
}

namespace {

bool offers_vnc_auth(const Options& options)
{
    const std::vector<SecurityType>& types = options.access.types;
    return std::find(types.begin(), types.end(), SecurityType::kVncAuth) != types.end();
}

// The first of the types that asks nobody who they are; null where there is none.
const SecurityType* type_without_login(const Options& options)
{
    const std::vector<SecurityType>& types = options.access.types;
    const bool knows_clients =
        options.access.tls != nullptr && options.access.tls->asks_for_certificate();
    const auto found = std::find_if(types.begin(), types.end(), [&](SecurityType type) {
        const bool is_known = knows_clients && tls_kind_of(type) == TlsKind::kCertificate;
        return login_of(type) == SecurityType::kNone && !is_known;
    });
    return found == types.end() ? nullptr : &*found;
}

bool encrypts_session(SecurityType type)
{
    // Plain is only ever offered where something else encrypts, and SASL where it or that does.
    return is_vencrypt_subtype(type) || type == SecurityType::kSasl ||
           (is_rsa_aes(type) && RsaAesSuite(type).encrypts_session());
}

bool encrypts_all(const std::vector<SecurityType>& types)
{
    return std::all_of(types.begin(), types.end(), [](SecurityType type) {
        return type == SecurityType::kTight || encrypts_session(type);
    });
}

bool encrypts_any(const std::vector<SecurityType>& types)
{
    return std::any_of(types.begin(), types.end(), &encrypts_session);
}

} // namespace

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
        const SecurityType* const open = type_without_login(options);
        if (open != nullptr && !options.insecure) {
            throw OptionError(option + " " + endpoint.text() +
                              ": anybody who reaches this address could use the display without "
                              "a login by " +
                              name_of(*open) +
                              "; give --auth VncAuth --password-file FILE, another type with a "
                              "password, or --insecure if that is what you want");
        }
        if (encrypts_all(options.access.types)) {
            continue;
        }
        return "everybody on the network can read what goes over " + endpoint.text() +
               (encrypts_any(options.access.types) ? ": some types offered there encrypt nothing"
                                                   : ": nothing is encrypted there") +
               (offers_vnc_auth(options) ? ", and a VNC password has 8 characters at most" : "");
    }
    return {};
}

} // namespace covnc
