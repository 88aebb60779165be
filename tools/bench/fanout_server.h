// The servers of covnc-bench fanout, each in a process of its own, so that its CPU and memory can
// be told.
#pragma once

#include "coroutine/descriptor.h"
#include "coroutine/endpoint.h"
#include "rfb/constants.h"
#include "rfb/transport/tls_credentials.h"
#include "tools/bench/board.h"

#include <cstdint>
#include <string>
#include <sys/types.h>

namespace covnc::bench {

enum class ServerKind : std::uint8_t { kCovnc, kLibVncServer };
const char* name_of(ServerKind kind);

struct ServerPlan
{
    ServerKind kind = ServerKind::kCovnc;
    std::string sequence;
    std::size_t workers = 1; // covnc's encoding threads
    SecurityType security = SecurityType::kNone;
    TlsServerFiles tls; // for types with X.509
};

// This program again, so that nothing of the load's memory is in it. Runs until it is killed, which
// destroying this does.
class ServerProcess
{
public:
    // Throws std::system_error.
    explicit ServerProcess(const ServerPlan& plan);
    ~ServerProcess();
    ServerProcess(const ServerProcess&) = delete;
    ServerProcess& operator=(const ServerProcess&) = delete;

    const Endpoint& endpoint() const { return endpoint_; }
    const Board& board() const { return *board_; }
    int pid() const { return pid_; }
    // Of all its threads, since it began.
    double cpu_seconds() const;
    std::uint64_t memory_bytes() const;

private:
    SharedBoard board_;
    Endpoint endpoint_;
    pid_t pid_ = -1;
};

constexpr const char* kServerCommand = "fanout-server";
// The server's process: what main() runs where the benchmark has started itself again. Returns when
// something has failed only, and has said so.
int run_server_process(int argc, char** argv);

// Each serves until it is killed, or throws.
void serve_with_covnc(FileDescriptor listening, const ServerPlan& plan, Board& board);
void serve_with_libvncserver(FileDescriptor listening, const ServerPlan& plan, Board& board);
bool has_libvncserver();
// select() has descriptors below 1024 only, and LibVNCServer waits with it.
constexpr std::size_t kMostViewersOfLibVncServer = 900;

} // namespace covnc::bench
