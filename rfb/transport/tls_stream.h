// TLS over another stream, as either side. What computes in a handshake runs on workers; records
// are encrypted and decrypted on the loop thread. Loop thread only.
//
// Renegotiation is refused. An end without close_notify is an end like any other, as RFB says
// itself how much it has to say; an end inside a record is a Disconnected.
#pragma once

#include "coroutine/gather.h"
#include "coroutine/worker_pool.h"
#include "rfb/transport/tls_session.h"

namespace covnc {

class TlsStream final : public StreamLayer
{
public:
    using Stream::write_all;

    // The side is that of the credentials. server_name: whom a client wants to talk to, where it
    // checks. inner and pool must live longer. Throws TlsError.
    TlsStream(Stream& inner,
              WorkerPool& pool,
              std::shared_ptr<const TlsCredentials> credentials,
              TlsKind kind,
              std::string server_name = {});

    // First of all, once. The deadline is the caller's. Suspends for the peer and for workers.
    // Throws TlsError, AuthenticationError (the peer was sent an alert), TimedOut, Disconnected,
    // Cancelled.
    Task<> handshake();

    // After a failure of TLS reads show nothing more: they wait for the peer's end, so that an
    // alert is not lost to a reset. Throws TlsError too.
    Task<std::size_t> read_some(std::span<std::uint8_t> buffer) override;
    Task<> write_all(std::span<const ByteView> pieces) override;
    // Without close_notify; finish() sends it.
    void shutdown_write() noexcept override;
    Task<> finish() override;

    bool is_confidential() const override { return state_ == State::kEstablished; }

    // TLS 1.3: new keys for both directions. As write_all().
    Task<> renew_keys();

    // What our buffers hold on to; GnuTLS has its own. 0 during the handshake.
    std::size_t buffer_bytes() const;

    // Who the peer is by its certificate: its text. Empty without one, and before the handshake.
    std::string peer_name() const;
    // "TLS1.3, AES-128-GCM"; empty before the handshake.
    std::string description() const;

private:
    // Only when established may the session be touched: until then a worker may be at it, whom
    // nobody waits for any more.
    enum class State : std::uint8_t { kNew, kShakingHands, kEstablished, kFailed };

    Task<> flush();
    Task<std::size_t> receive(std::size_t most);
    Task<> receive_record();
    Task<bool> step();
    Task<> try_to_send_alert();
    std::optional<std::size_t> read_record(std::span<std::uint8_t> buffer);
    Task<std::size_t> discard_all();
    void seal_next(GatherCursor& cursor);
    void expect_established() const;

    WorkerPool& pool_;
    bool is_server_;
    std::shared_ptr<TlsSession> session_; // jobs own it too
    State state_ = State::kNew;
    bool has_ended_ = false; // the peer's side
    std::uint64_t handshake_bytes_ = 0;
    std::vector<std::uint8_t> sending_;
};

} // namespace covnc
