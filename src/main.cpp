// covncd: puts the layers together, runs until SIGTERM or SIGINT, unwinds everything.
#include "coroutine/combinators.h"
#include "coroutine/signals.h"
#include "src/host_key.h"
#include "src/options.h"
#include "src/reload.h"
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

Task<> run_daemon(EventLoop& loop,
                  const Options& options,
                  Source& source,
                  std::shared_ptr<const RsaKey> rsa_key)
{
    SignalSet signals(loop, {SIGTERM, SIGINT, SIGHUP});
    ThreadPool pool(loop, options.workers);
    // Beside those that encode, and after them: guessing passwords keeps no picture waiting.
    ThreadPool login_pool(loop, kLoginThreads, kLoginNiceness);
    AccessPolicy access = options.access;
    access.login_workers = &login_pool;
    access.rsa_key = std::move(rsa_key);
    // Of its own: nobody's slow users keep others' handshakes waiting.
    std::optional<ThreadPool> tls_pool;
    if (access.tls != nullptr) {
        tls_pool.emplace(loop, std::max<std::size_t>(options.workers / 4, 1), kTlsNiceness);
        access.tls_workers = &*tls_pool;
    }
    std::vector<std::unique_ptr<Listener>> listeners;
    for (const Endpoint& endpoint : options.listen) {
        for (std::unique_ptr<Listener>& listener : Listener::open(loop, endpoint)) {
            listeners.push_back(std::move(listener));
        }
    }
    const TaskContext context = co_await current_context();
    Display display(context, pool, options.display);
    Server server(display, access, options.limits);
    spdlog::info("showing {}", source.describe());
    sd_notify(0, "READY=1");
    co_await run_until_first_ends(display.run(),
                                  supervise(source, display),
                                  server.run(std::move(listeners)),
                                  wait_for_end(signals, options, access, pool));
}

int run(int argc, char** argv)
{
    EventLoop loop;
    std::optional<Options> options;
    std::unique_ptr<Source> source;
    std::shared_ptr<const RsaKey> rsa_key;
    try {
        options = parse_options(argc, argv);
        if (!options) {
            return EXIT_SUCCESS;
        }
        set_up_log(options->log_level);
        if (options->access.tls) {
            log_certificate(*options->access.tls, options->tls_files);
        }
        source = make_source(loop, options->source);
        if (!options->rsa_key_file.empty()) {
            rsa_key = read_or_make_host_key(options->rsa_key_file);
            spdlog::info("RSA key of {} bits, fingerprint {}",
                         rsa_key->public_key().bits(),
                         rsa_key->public_key().fingerprint());
        }
        for (const Endpoint& endpoint : options->listen) {
            const std::string warning = check_exposure(endpoint, *options);
            if (!warning.empty()) {
                spdlog::warn("{}", warning);
            }
        }
    } catch (const std::exception& error) {
        std::cerr << "covncd: " << error.what() << "\n(covncd --help lists the options)\n";
        return kUsageError;
    }
    raise_descriptor_limit();
    loop.run(run_daemon(loop, *options, *source, rsa_key));
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
