// covnc-bench tls: what a handshake costs each side, what bytes cost behind it, and how much memory
// a session keeps. CPU time of this thread, both ends in memory.
#include "rfb/transport/tls_session.h"
#include "tools/bench/commands.h"
#include "tools/bench/cpu_time.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <fmt/core.h>
#include <iostream>
#include <malloc.h>
#include <utility>

namespace covnc::bench {

namespace {

using Credentials = std::shared_ptr<const TlsCredentials>;
using Bytes = std::vector<std::uint8_t>;

struct Row
{
    std::string name;
    double server_ms = 0;
    double client_ms = 0;
    double seal_mb_per_s = 0;
    double open_mb_per_s = 0;
    double kib = 0; // that the server's end keeps
};

bool deliver(TlsSession& from, TlsSession& to)
{
    const Bytes bytes = std::exchange(from.outgoing(), {});
    if (!bytes.empty()) {
        std::copy(bytes.begin(), bytes.end(), to.room(bytes.size()).begin());
        to.received(bytes.size());
    }
    return !bytes.empty();
}

bool timed_step(TlsSession& session, bool is_done, double& milliseconds)
{
    const std::int64_t begin = thread_cpu_nanoseconds();
    const bool now_done = is_done || session.shake_hands();
    milliseconds += static_cast<double>(thread_cpu_nanoseconds() - begin) / 1e6;
    return now_done;
}

void shake_hands(TlsSession& server, TlsSession& client, Row& row)
{
    bool server_done = false;
    bool client_done = false;
    bool moves = true;
    while (moves) {
        client_done = timed_step(client, client_done, row.client_ms);
        moves = deliver(client, server);
        server_done = timed_step(server, server_done, row.server_ms);
        moves = deliver(server, client) || moves;
    }
}

void send_much(TlsSession& server, TlsSession& client, Row& row)
{
    constexpr int kRecords = 4000;
    const Bytes record(TlsSession::kMostInRecord, 7);
    Bytes opened(record.size());
    double sealing = 0;
    double opening = 0;
    for (int i = 0; i < kRecords; ++i) {
        const std::int64_t begin = thread_cpu_nanoseconds();
        server.write(record);
        const std::int64_t sealed = thread_cpu_nanoseconds();
        deliver(server, client);
        const std::int64_t delivered = thread_cpu_nanoseconds();
        client.read(opened);
        sealing += static_cast<double>(sealed - begin);
        opening += static_cast<double>(thread_cpu_nanoseconds() - delivered);
    }
    const double bytes = static_cast<double>(record.size()) * kRecords;
    row.seal_mb_per_s = bytes / sealing * 1e3;
    row.open_mb_per_s = bytes / opening * 1e3;
}

std::size_t allocated()
{
    return ::mallinfo2().uordblks + ::mallinfo2().hblkhd;
}

Row measure(const Credentials& credentials, TlsKind kind)
{
    constexpr int kHandshakes = 100;
    const Credentials viewers = TlsCredentials::for_client({});
    Row row;
    std::vector<std::unique_ptr<TlsSession>> sessions; // the servers' ends
    const std::size_t before = allocated();
    for (int i = 0; i < kHandshakes; ++i) {
        sessions.push_back(std::make_unique<TlsSession>(credentials, kind, ""));
        TlsSession client(viewers, kind, "");
        shake_hands(*sessions.back(), client, row);
        sessions.back()->room(2048);
        if (i == kHandshakes - 1) {
            row.kib = static_cast<double>(allocated() - before) / kHandshakes / 1024;
            send_much(*sessions.back(), client, row);
        }
    }
    row.server_ms /= kHandshakes;
    row.client_ms /= kHandshakes;
    row.name = sessions.back()->description();
    return row;
}

void print(const Row& row)
{
    std::cout << fmt::format("{:<22} {:>10.2f} {:>10.2f} {:>10.0f} {:>10.0f} {:>8.1f}\n",
                             row.name,
                             row.server_ms,
                             row.client_ms,
                             row.seal_mb_per_s,
                             row.open_mb_per_s,
                             row.kib);
}

} // namespace

int run_tls(int argc, char** argv)
{
    TlsServerFiles files;
    CLI::App app("CPU of TLS: handshakes and records.", "covnc-bench tls");
    app.add_option("--tls-cert", files.certificate, "Certificate (PEM) for a row with X.509");
    app.add_option("--tls-key", files.key, "Its key");
    try {
        app.parse(argc, argv);
        const Credentials credentials = TlsCredentials::for_server(files);
        std::cout << fmt::format("{:<22} {:>10} {:>10} {:>10} {:>10} {:>8}\n",
                                 "",
                                 "server ms",
                                 "viewer ms",
                                 "seal MB/s",
                                 "open MB/s",
                                 "KiB each");
        print(measure(credentials, TlsKind::kAnonymous));
        if (credentials->has_certificate()) {
            print(measure(credentials, TlsKind::kCertificate));
        }
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : 2;
    } catch (const std::exception& error) {
        std::cerr << "covnc-bench: " << error.what() << "\n";
        return 1;
    }
    return 0;
}

} // namespace covnc::bench
