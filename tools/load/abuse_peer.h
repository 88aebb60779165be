// One hostile connection: what an attack does with it, step by step. Loop thread only.
//
// A server that closes, or breaks off TLS, is no error here but what attacks want to know: sending
// to it does nothing, and watch() counts it.
#pragma once

#include "coroutine/socket.h"
#include "rfb/client_handshake.h"
#include "tools/load/abuse_attack.h"

#include <memory>
#include <optional>
#include <string>

namespace covnc::load {

class HostilePeer
{
public:
    explicit HostilePeer(Attack& attack) : attack_(attack) {}

    // Each tells whether it went well; where it did not, that is counted as refused. All suspend
    // for the server, kStepLimit at most.
    Task<bool> connect();
    // connect(), and the server's 12 bytes.
    Task<bool> read_version();
    // connect(), and a whole handshake as it should be.
    Task<bool> log_in();
    Task<bool> reach(Stage stage);

    // Suspends while the server takes nothing, kStepLimit at most.
    Task<> send(Bytes bytes);
    // Reads exactly so many bytes; nothing where the server closes or is too slow.
    Task<std::optional<Bytes>> read(std::size_t count);
    // The security types that a server of 3.7 or 3.8 offers; nothing where it closes, or is too
    // slow.
    Task<std::optional<Bytes>> offered_types();
    // Reads and drops so many bytes, or what comes in `patience`, or until the server closes.
    Task<> read_within(std::size_t count, Duration patience);
    // Reads and drops until the server closes or `patience` is over; counts which.
    Task<> watch(Duration patience);
    // The same, but only until the server closes.
    Task<> drain();
    // Goes. With a reset, or in order.
    void reset() noexcept;
    void leave() noexcept;

    bool is_closed() const { return is_closed_; }
    Size size() const { return size_; }
    // The first bytes that watch() and drain() read.
    ByteView heard() const { return heard_; }
    std::uint64_t received() const { return received_; }
    Socket& socket() { return *socket_; }

    static constexpr Duration kStepLimit = std::chrono::seconds(3);

private:
    Task<> handshake();
    Task<> drop(std::size_t count);
    bool refused(const std::string& why);
    void hear(ByteView bytes);

    Attack& attack_;
    std::unique_ptr<Socket> socket_;
    std::unique_ptr<Channel> channel_;
    Size size_;
    bool is_closed_ = false;
    bool is_logged_in_ = false;
    TimePoint sent_at_{};
    Bytes heard_;
    std::uint64_t received_ = 0;
};

// The longest words in what a server sent, if any: its reason.
std::string words_in(ByteView bytes);
// Whether these bytes hold a ServerInit, behind a SecurityResult or not: whoever sent them lets in.
bool holds_server_init(ByteView bytes);

} // namespace covnc::load
