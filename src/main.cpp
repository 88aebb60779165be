// covncd: puts the layers together, runs until SIGTERM or SIGINT, unwinds everything.
#include "coroutine/combinators.h"
#include "coroutine/signals.h"
#include "src/host_key.h"
#include "src/options.h"
#include "src/reload.h"
#include "src/sasl_options.h"
#include "src/server.h"
#include "src/source.h"
#include "src/supervisor.h"
#include "src/tls_options.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <systemd/sd-daemon.h>

#include <csignal>
#include <cstdlib>
#include <iostream>
#include <sys/resource.h>

namespace {

using namespace covnc;

constexpr int kUsageError = 2;
constexpr std::size_t kLoginThreads = 2; // PAM may wait for others: one does not keep all waiting
constexpr int kLoginNiceness = 10;
constexpr int kTlsNiceness = 5; // on a busy machine somebody still gets in

void set_up_log(spdlog::level::level_enum level)
{
    spdlog::set_default_logger(spdlog::stderr_logger_mt("covncd"));
    spdlog::set_level(level);
    // The journal has its own time stamps.
    spdlog::set_pattern(std::getenv("JOURNAL_STREAM") != nullptr ? "%l: %v"
                                                                 : "%Y-%m-%d %H:%M:%S.%e %l: %v");
}

// Every viewer is a descriptor: take as many as we are allowed.
void raise_descriptor_limit()
{
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

// Reads again what may have changed, for those who come from now on.
Task<> reload(const Options& options, AccessPolicy& access, WorkerPool& pool)
{
    spdlog::info("reloading: SIGHUP");
    sd_notify(0, "RELOADING=1");
    co_await reload_tls(options.tls_files, access, pool);
    co_await reload_passwords(options.password_file, access, pool);
    sd_notify(0, "READY=1");
}

Task<>
wait_for_end(SignalSet& signals, const Options& options, AccessPolicy& access, WorkerPool& pool)
{
    int signal = co_await signals.next();
    while (signal == SIGHUP) {
        co_await reload(options, access, pool);
        signal = co_await signals.next();
    }
    spdlog::info("ending: {}", signal == SIGTERM ? "SIGTERM" : "SIGINT");
    sd_notify(0, "STOPPING=1");
}

std::vector<std::unique_ptr<Listener>> open_listeners(EventLoop& loop,
                                                      const std::vector<Endpoint>& endpoints)
{
    std::vector<std::unique_ptr<Listener>> listeners;
    for (const Endpoint& endpoint : endpoints) {
        for (std::unique_ptr<Listener>& listener : Listener::open(loop, endpoint)) {
            listeners.push_back(std::move(listener));
        }
    }
    return listeners;
}

// Nothing where there is no web port. Throws std::exception for what cannot be served.
std::optional<WebSite> make_web_site(const Options& options)
{
    if (options.web.empty()) {
        return std::nullopt;
    }
    try {
        return WebSite(WebFiles::read(options.web_root), HostRules(options.web_origins));
    } catch (const std::invalid_argument& error) {
        throw OptionError(std::string("--web-origin: ") + error.what());
    } catch (const std::exception& error) {
        throw OptionError(std::string("--web-root: ") + error.what());
    }
}

// What run() has made before anything listens.
struct Parts
{
    std::optional<Options> options;
    std::unique_ptr<Source> source;
    std::shared_ptr<const RsaKey> rsa_key; // null: none
    std::optional<WebSite> site;
};

Task<> run_daemon(EventLoop& loop, const Parts& parts)
{
    const Options& options = *parts.options;
    Source& source = *parts.source;
    SignalSet signals(loop, {SIGTERM, SIGINT, SIGHUP});
    ThreadPool pool(loop, options.workers);
    // Beside those that encode, and after them: guessing passwords keeps no picture waiting.
    ThreadPool login_pool(loop, kLoginThreads, kLoginNiceness);
    AccessPolicy access = options.access;
    access.login_workers = &login_pool;
    access.rsa_key = parts.rsa_key;
    // Of its own: nobody's slow users keep others' handshakes waiting.
    std::optional<ThreadPool> tls_pool;
    if (access.tls != nullptr) {
        tls_pool.emplace(loop, std::max<std::size_t>(options.workers / 4, 1), kTlsNiceness);
        access.tls_workers = &*tls_pool;
    }
    std::vector<std::unique_ptr<Listener>> listeners = open_listeners(loop, options.listen);
    std::vector<std::unique_ptr<Listener>> web_listeners = open_listeners(loop, options.web);
    const TaskContext context = co_await current_context();
    Display display(context, pool, options.display);
    Server server(display, access, options.limits);
    server.trust(options.trusted_proxies);
    server.call(options.reverse);
    if (parts.site) {
        server.serve_web(std::move(web_listeners), *parts.site);
    }
    spdlog::info("showing {}", source.describe());
    sd_notify(0, "READY=1");
    co_await run_until_first_ends(display.run(),
                                  supervise(source, display),
                                  server.run(std::move(listeners)),
                                  wait_for_end(signals, options, access, pool));
}

// Null where none is wanted.
std::shared_ptr<const RsaKey> read_rsa_key(const Options& options)
{
    if (options.rsa_key_file.empty()) {
        return nullptr;
    }
    std::shared_ptr<const RsaKey> key = read_or_make_host_key(options.rsa_key_file);
    spdlog::info("RSA key of {} bits, fingerprint {}",
                 key->public_key().bits(),
                 key->public_key().fingerprint());
    return key;
}

void warn_of_exposure(const Options& options)
{
    const auto warn = [&options](const std::vector<Endpoint>& endpoints, const char* option) {
        for (const Endpoint& endpoint : endpoints) {
            const std::string warning = check_exposure(endpoint, options, option);
            if (!warning.empty()) {
                spdlog::warn("{}", warning);
            }
        }
    };
    warn(options.listen, "--listen");
    warn(options.web, "--web");
}

int run(int argc, char** argv)
{
    EventLoop loop;
    Parts parts;
    try {
        parts.options = parse_options(argc, argv);
        if (!parts.options) {
            return EXIT_SUCCESS;
        }
        set_up_log(parts.options->log_level);
        if (parts.options->access.tls) {
            log_certificate(*parts.options->access.tls, parts.options->tls_files);
        }
        if (parts.options->access.sasl) {
            log_sasl(*parts.options->access.sasl, parts.options->access.types);
        }
        parts.source = make_source(loop, parts.options->source);
        parts.rsa_key = read_rsa_key(*parts.options);
        parts.site = make_web_site(*parts.options);
        warn_of_exposure(*parts.options);
    } catch (const std::exception& error) {
        std::cerr << "covncd: " << error.what() << "\n(covncd --help lists the options)\n";
        return kUsageError;
    }
    raise_descriptor_limit();
    loop.run(run_daemon(loop, parts));
    return EXIT_SUCCESS;
}

} // namespace

int main(int argc, char** argv)
{
    try {
        return run(argc, argv);
    } catch (const std::exception& error) {
        std::cerr << "covncd: " << error.what() << "\n";
        return EXIT_FAILURE;
    }
}
