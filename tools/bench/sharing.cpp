// covnc-bench sharing: what a hundred viewers of one display cost, in step and out of it.
//
// Each server runs in a process of its own, so that its CPU can be told; the viewers run in this
// one. LibVNCServer shows the same frames in the same run.
#include "coroutine/combinators.h"
#include "coroutine/listener.h"
#include "src/server.h"
#include "tools/bench/commands.h"
#include "tools/bench/load.h"
#include "tools/bench/scene.h"

#include <CLI/CLI.hpp>
#include <spdlog/spdlog.h>

#include <csignal>
#include <cstdio>
#include <sys/resource.h>
#include <sys/wait.h>
#include <thread>
#ifdef COVNC_WITH_LIBVNCSERVER
#include <rfb/rfb.h>
#undef max
#undef min
#endif

namespace covnc::bench {

namespace {

constexpr Duration kFrame = std::chrono::nanoseconds(std::chrono::seconds(1)) / 30;

// What a server's process tells when it ends; plain bytes through a pipe.
struct ServerFigures
{
    double cpu_seconds = 0; // while it was counted
    std::uint64_t commits = 0;
    std::uint64_t encodings = 0;
    std::uint64_t updates = 0;
};

struct Scenario
{
    Scene::Kind kind = Scene::Kind::kText;
    std::size_t viewers = 100;
    int longest_delay_ms = 0;
    int seconds = 5;
};

constexpr Duration kWarmUp = std::chrono::milliseconds(1500);

double cpu_seconds()
{
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

// --- our server ---

Task<> play(EventLoop& loop, Display& display, Scene& scene)
{
    TimePoint next = loop.now();
    for (std::uint64_t frame = 0;; ++frame) {
        std::vector<CopyRect> moves;
        const Region damage = scene.draw(display.back(), frame, moves);
        display.frame(damage, moves);
        next += kFrame;
        co_await loop.sleep_until(next);
    }
}

// Everything between the first and the second call of `mark`.
Task<> measure(EventLoop& loop, Display& display, int seconds, ServerFigures& figures)
{
    co_await loop.sleep_for(kWarmUp);
    const double cpu = cpu_seconds();
    const std::uint64_t version = display.framebuffer().version();
    const UpdateCache::Statistics before = display.cache().statistics();
    co_await loop.sleep_for(std::chrono::seconds(seconds));
    const UpdateCache::Statistics& after = display.cache().statistics();
    figures.cpu_seconds = cpu_seconds() - cpu;
    figures.commits = display.framebuffer().version() - version;
    figures.encodings = after.encodings - before.encodings;
    figures.updates = after.updates - before.updates;
}

Task<>
serve_covnc(EventLoop& loop, FileDescriptor socket, Scenario scenario, ServerFigures& figures)
{
    ThreadPool pool(loop, 2);
    const TaskContext context = co_await current_context();
    DisplaySettings settings;
    settings.size = Scene::kSize;
    Display display(context, pool, settings);
    AccessPolicy policy;
    Server server(display, policy, ServerLimits{});
    Scene scene(scenario.kind);
    std::vector<std::unique_ptr<Listener>> listeners;
    listeners.push_back(std::make_unique<Listener>(loop, std::move(socket)));
    co_await run_until_first_ends(display.run(),
                                  server.run(std::move(listeners)),
                                  play(loop, display, scene),
                                  measure(loop, display, scenario.seconds, figures));
}

ServerFigures run_covnc(FileDescriptor socket, const Scenario& scenario)
{
    spdlog::set_level(spdlog::level::off);
    EventLoop loop;
    ServerFigures figures;
    loop.run(serve_covnc(loop, std::move(socket), scenario, figures));
    return figures;
}

// --- LibVNCServer ---

#ifdef COVNC_WITH_LIBVNCSERVER
ServerFigures run_libvncserver(FileDescriptor socket, const Scenario& scenario)
{
    rfbLogEnable(0);
    rfbScreenInfoPtr screen =
        rfbGetScreen(nullptr, nullptr, Scene::kSize.width, Scene::kSize.height, 8, 3, 4);
    Framebuffer framebuffer(Scene::kSize); // compares cells, as our display does
    std::vector<std::uint32_t> pixels(static_cast<std::size_t>(Scene::kSize.area()));
    screen->frameBuffer = reinterpret_cast<char*>(pixels.data());
    screen->serverFormat.redShift = 16;
    screen->serverFormat.blueShift = 0;
    screen->alwaysShared = TRUE;
    screen->deferUpdateTime = 0;
    screen->cursor = nullptr;
    screen->autoPort = FALSE;
    screen->port = 0;
    screen->ipv6port = 0;
    rfbInitServer(screen);
    screen->listenSock = socket.get();
    FD_SET(screen->listenSock, &screen->allFds);
    screen->maxFd = std::max(screen->maxFd, static_cast<int>(screen->listenSock));
    Scene scene(scenario.kind);
    ServerFigures figures;
    const TimePoint start = std::chrono::steady_clock::now();
    const TimePoint counted = start + kWarmUp;
    const TimePoint end = counted + std::chrono::seconds(scenario.seconds);
    double cpu = 0;
    TimePoint next = start;
    for (std::uint64_t frame = 0; std::chrono::steady_clock::now() < end; ++frame) {
        std::vector<CopyRect> moves;
        const std::uint64_t version = framebuffer.version();
        framebuffer.commit(scene.draw(framebuffer.back(), frame, moves));
        for (const Rect& rect : framebuffer.changed_since(version).rects()) {
            for (std::int32_t y = rect.y; y < rect.bottom(); ++y) {
                std::copy_n(framebuffer.front().row(y) + rect.x,
                            rect.width,
                            &pixels[static_cast<std::size_t>(y) * Scene::kSize.width +
                                    static_cast<std::size_t>(rect.x)]);
            }
            rfbMarkRectAsModified(screen, rect.x, rect.y, rect.right(), rect.bottom());
        }
        next += kFrame;
        while (std::chrono::steady_clock::now() < next) {
            const auto left = std::chrono::duration_cast<std::chrono::microseconds>(
                next - std::chrono::steady_clock::now());
            rfbProcessEvents(screen, std::max<long>(left.count(), 0));
        }
        if (cpu == 0 && std::chrono::steady_clock::now() >= counted) {
            cpu = cpu_seconds();
        }
        ++figures.commits;
    }
    figures.cpu_seconds = cpu_seconds() - cpu;
    return figures;
}
#endif

// --- both ---

using RunServer = ServerFigures (*)(FileDescriptor, const Scenario&);

struct Outcome
{
    ServerFigures server;
    LoadResult viewers;
};

Outcome run_scenario(RunServer run_server, const Scenario& scenario)
{
    FileDescriptor listening(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    int ends[2] = {-1, -1};
    if (::bind(listening.get(), generic, length) != 0 || ::listen(listening.get(), 1024) != 0 ||
        ::getsockname(listening.get(), generic, &length) != 0 || ::pipe(ends) != 0) {
        throw std::runtime_error("cannot open a socket on loopback");
    }
    const pid_t child = ::fork();
    if (child == 0) {
        const ServerFigures figures = run_server(std::move(listening), scenario);
        const bool told = ::write(ends[1], &figures, sizeof figures) == sizeof figures;
        ::_exit(told ? 0 : 1);
    }
    listening.reset();
    ::close(ends[1]);
    const Endpoint server = Endpoint::parse("127.0.0.1:" + std::to_string(ntohs(address.sin_port)));
    Outcome outcome;
    // The viewers stay a little longer than the server counts.
    outcome.viewers = watch(server,
                            scenario.viewers,
                            std::chrono::milliseconds(scenario.longest_delay_ms),
                            kWarmUp,
                            std::chrono::seconds(scenario.seconds));
    const bool told = ::read(ends[0], &outcome.server, sizeof outcome.server) ==
                      static_cast<ssize_t>(sizeof outcome.server);
    ::close(ends[0]);
    ::waitpid(child, nullptr, 0);
    if (!told) {
        throw std::runtime_error("the server's process failed");
    }
    return outcome;
}

void print_row(const char* name, const Outcome& outcome, const Scenario& scenario)
{
    const ServerFigures& server = outcome.server;
    const auto updates = static_cast<double>(outcome.viewers.updates);
    std::printf("%-13s %-7s %4zu %7d %9.0f %8.1f %10.1f",
                name,
                scenario.kind == Scene::Kind::kText ? "text" : "window",
                scenario.viewers,
                scenario.longest_delay_ms,
                updates / scenario.seconds,
                static_cast<double>(outcome.viewers.bytes) / updates / 1000,
                server.cpu_seconds / updates * 1e6);
    if (server.updates != 0) {
        std::printf(" %9.2f %8.1f",
                    static_cast<double>(server.encodings) / static_cast<double>(server.commits),
                    static_cast<double>(server.updates) / static_cast<double>(server.encodings));
    }
    std::printf("\n");
    std::fflush(stdout);
}

} // namespace

int run_sharing(int argc, char** argv)
{
    Scenario scenario;
    CLI::App app(
        "Viewers of one display at 30 frames a second: encodings a commit, CPU an update.");
    app.add_option("--clients", scenario.viewers, "Viewers (default: 100)");
    app.add_option("--seconds", scenario.seconds, "Counted, for each row (default: 5)");
    CLI11_PARSE(app, argc, argv);
    std::signal(SIGPIPE, SIG_IGN);
    std::printf("%-13s %-7s %4s %7s %9s %8s %10s %9s %8s\n",
                "server",
                "scene",
                "n",
                "delay",
                "upd/s",
                "kB/upd",
                "CPU us/upd",
                "enc/commit",
                "sharing");
    for (const Scene::Kind kind : {Scene::Kind::kText, Scene::Kind::kWindow}) {
        for (const int delay : {0, 200}) {
            scenario.kind = kind;
            scenario.longest_delay_ms = delay;
            print_row("covnc", run_scenario(run_covnc, scenario), scenario);
#ifdef COVNC_WITH_LIBVNCSERVER
            print_row("LibVNCServer", run_scenario(run_libvncserver, scenario), scenario);
#endif
        }
    }
    return 0;
}

} // namespace covnc::bench
