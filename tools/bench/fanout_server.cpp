#include "tools/bench/fanout_server.h"

#include "rfb/security/security_types.h"
#include "tools/load/process_watch.h"

#include <arpa/inet.h>
#include <csignal>
#include <ctime>
#include <fcntl.h>
#include <iostream>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>
#include <vector>

namespace covnc::bench {

namespace {

constexpr int kBacklog = 4096;

[[noreturn]] void fail(const char* what)
{
    throw std::system_error(errno, std::generic_category(), what);
}

// A listening socket on a free port of loopback, and where that is.
FileDescriptor listen_on_loopback(Endpoint& endpoint)
{
    FileDescriptor listening(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    if (listening.get() < 0 || ::bind(listening.get(), generic, length) != 0 ||
        ::listen(listening.get(), kBacklog) != 0 ||
        ::getsockname(listening.get(), generic, &length) != 0) {
        fail("a socket on loopback");
    }
    endpoint = Endpoint::parse("127.0.0.1:" + std::to_string(ntohs(address.sin_port)));
    return listening;
}

// Where the started process finds what it was given.
constexpr int kListeningFd = 3;
constexpr int kBoardFd = 4;

// In the child: only calls that are safe between fork and exec.
[[noreturn]] void become_server(int listening, int board, char* const* arguments)
{
    ::prctl(PR_SET_PDEATHSIG, SIGKILL); // not to outlive a benchmark that was killed
    // Out of the way first: either may be what the other becomes.
    const int listening_copy = ::fcntl(listening, F_DUPFD, kBoardFd + 1);
    const int board_copy = ::fcntl(board, F_DUPFD, kBoardFd + 1);
    ::dup2(listening_copy, kListeningFd);
    ::dup2(board_copy, kBoardFd);
    ::close(listening_copy);
    ::close(board_copy);
    ::execv("/proc/self/exe", arguments);
    ::_exit(127);
}

} // namespace

const char* name_of(ServerKind kind)
{
    return kind == ServerKind::kCovnc ? "covnc" : "LibVNCServer";
}

ServerProcess::ServerProcess(const ServerPlan& plan)
{
    const FileDescriptor listening = listen_on_loopback(endpoint_);
    std::vector<std::string> words{"covnc-bench",
                                   kServerCommand,
                                   name_of(plan.kind),
                                   plan.sequence,
                                   std::to_string(plan.workers),
                                   covnc::name_of(plan.security),
                                   plan.tls.certificate,
                                   plan.tls.key};
    std::vector<char*> arguments;
    for (std::string& word : words) {
        arguments.push_back(word.data());
    }
    arguments.push_back(nullptr);
    pid_ = ::fork();
    if (pid_ < 0) {
        fail("fork");
    }
    if (pid_ == 0) {
        become_server(listening.get(), board_.fd(), arguments.data());
    }
}

ServerProcess::~ServerProcess()
{
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
}

int run_server_process(int argc, char** argv)
{
    ::prctl(PR_SET_NAME, "fanout-server"); // for top, perf
    try {
        if (argc != 7) {
            throw std::runtime_error("is started by the benchmark itself only");
        }
        ServerPlan plan;
        const bool is_ours = argv[1] == std::string(name_of(ServerKind::kCovnc));
        plan.sequence = argv[2];
        plan.workers = std::stoul(argv[3]);
        plan.security = security_type_of(argv[4]).value();
        plan.tls.certificate = argv[5];
        plan.tls.key = argv[6];
        FileDescriptor listening(kListeningFd);
        const SharedBoard board{FileDescriptor(kBoardFd)};
        if (is_ours) {
            serve_with_covnc(std::move(listening), plan, *board);
        } else {
            serve_with_libvncserver(std::move(listening), plan, *board);
        }
    } catch (const std::exception& error) {
        std::cerr << "covnc-bench: the server's process: " << error.what() << "\n";
    }
    return 1;
}

double ServerProcess::cpu_seconds() const
{
    clockid_t clock{};
    timespec time{};
    if (::clock_getcpuclockid(pid_, &clock) != 0 || ::clock_gettime(clock, &time) != 0) {
        return 0; // it has failed, and said why
    }
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

std::uint64_t ServerProcess::memory_bytes() const
{
    return load::read_process(pid_).value_or(load::ProcessUse{}).memory_bytes;
}

} // namespace covnc::bench
