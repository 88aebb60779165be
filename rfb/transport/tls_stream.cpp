#include "rfb/transport/tls_stream.h"

#include <algorithm>
#include <array>

namespace covnc {

namespace {

// Encrypted bytes that wait for the peer at most: enough that a system call is worth it.
constexpr std::size_t kBatch = 65536;
// Read at once. A server's peers say little; what a client gets is a picture.
constexpr std::size_t kServerReads = 2048;
constexpr std::size_t kClientReads = 32768;
// A whole handshake; only certificates make it long.
constexpr std::uint64_t kMostInHandshake = std::uint64_t{256} << 10U;
// What may stay allocated for the next write.
constexpr std::size_t kKept = 4096;

// Small pieces on their way into one record. Its contents mean nothing across a suspension.
std::span<std::uint8_t> record_buffer()
{
    thread_local std::array<std::uint8_t, TlsSession::kMostInRecord> bytes{};
    return bytes;
}

} // namespace

TlsStream::TlsStream(Stream& inner,
                     WorkerPool& pool,
                     std::shared_ptr<const TlsCredentials> credentials,
                     TlsKind kind,
                     std::string server_name)
    : StreamLayer(inner),
      pool_(pool),
      is_server_(credentials->is_server()),
      session_(std::make_shared<TlsSession>(std::move(credentials), kind, std::move(server_name)))
{}

// --- handshake -------------------------------------------------------------------------------

Task<> TlsStream::handshake()
{
    state_ = State::kShakingHands;
    std::exception_ptr failure;
    try {
        bool is_over = false;
        if (!is_server_) {
            is_over = co_await step();
        }
        while (!is_over) {
            co_await receive_record();
            is_over = co_await step();
        }
        state_ = State::kEstablished;
    } catch (const ProtocolError&) {
        failure = std::current_exception();
    }
    if (failure) {
        state_ = State::kFailed;
        co_await try_to_send_alert();
        std::rethrow_exception(failure);
    }
}

// On a worker, which owns the session with us; then sends what it has to say.
Task<bool> TlsStream::step()
{
    auto job = [session = session_] { return session->shake_hands(); };
    const bool is_over = co_await pool_.run(std::move(job));
    co_await flush();
    co_return is_over;
}

// Workers are not woken for parts of a record.
Task<> TlsStream::receive_record()
{
    const std::uint64_t before = session_->framing().records();
    while (session_->framing().records() == before) {
        const std::size_t count = co_await receive(kServerReads);
        if (count == 0) {
            throw Disconnected("TLS: the peer leaves during the handshake");
        }
        if (session_->framing().is_broken()) {
            throw TlsError("TLS: what comes is no TLS");
        }
        handshake_bytes_ += count;
        if (handshake_bytes_ > kMostInHandshake) {
            throw TlsError("TLS: the handshake has no end");
        }
    }
}

Task<> TlsStream::try_to_send_alert()
{
    try {
        co_await flush();
    } catch (const std::exception&) { // NOLINT(bugprone-empty-catch): there is a better reason
    }
}

// --- records ---------------------------------------------------------------------------------

Task<std::size_t> TlsStream::receive(std::size_t most)
{
    const std::span<std::uint8_t> room = session_->room(most);
    const std::size_t count = co_await inner().read_some(room);
    session_->received(count);
    co_return count;
}

// Only from what writes: a read may run beside it, but has nothing to send but an alert.
Task<> TlsStream::flush()
{
    std::swap(sending_, session_->outgoing());
    co_await inner().write_all(ByteView(sending_));
    if (sending_.capacity() > kKept) {
        sending_ = std::vector<std::uint8_t>(); // ... = {} would keep its memory
    }
    sending_.clear();
}

Task<std::size_t> TlsStream::read_some(std::span<std::uint8_t> buffer)
{
    if (state_ == State::kFailed) {
        co_return co_await discard_all();
    }
    expect_established();
    while (!has_ended_) {
        const std::optional<std::size_t> count = read_record(buffer);
        if (count) {
            has_ended_ = *count == 0;
            co_return *count;
        }
        const std::size_t most = is_server_ ? kServerReads : kClientReads;
        const std::size_t received = co_await receive(most);
        if (received == 0 && session_->framing().is_inside_record()) {
            throw Disconnected("TLS: the connection ended inside a record");
        }
        has_ended_ = received == 0;
    }
    co_return 0;
}

std::optional<std::size_t> TlsStream::read_record(std::span<std::uint8_t> buffer)
{
    try {
        return session_->read(buffer);
    } catch (const ProtocolError&) {
        state_ = State::kFailed;
        throw;
    }
}

Task<std::size_t> TlsStream::discard_all()
{
    std::vector<std::uint8_t> waste(kServerReads);
    std::size_t count = 1;
    while (count > 0) {
        count = co_await inner().read_some(waste);
    }
    co_return 0;
}

Task<> TlsStream::write_all(std::span<const ByteView> pieces)
{
    expect_established();
    GatherCursor cursor(pieces);
    while (!cursor.is_done()) {
        while (!cursor.is_done() && session_->outgoing().size() < kBatch) {
            seal_next(cursor);
        }
        co_await flush();
    }
}

// One record: straight from a piece that fills it or is the last, else gathered.
void TlsStream::seal_next(GatherCursor& cursor)
{
    std::array<iovec, 2> next{};
    const bool is_last = cursor.fill(next) == 1;
    const std::size_t here = std::min(cursor.front().size(), TlsSession::kMostInRecord);
    if (is_last || here == TlsSession::kMostInRecord) {
        session_->write(cursor.front().first(here));
        cursor.advance(here);
        return;
    }
    const std::span<std::uint8_t> record = record_buffer();
    std::size_t size = 0;
    while (!cursor.is_done() && size < record.size()) {
        const std::size_t count = std::min(cursor.front().size(), record.size() - size);
        std::copy_n(cursor.front().begin(), count, record.subspan(size).begin());
        cursor.advance(count);
        size += count;
    }
    session_->write(record.first(size));
}

void TlsStream::expect_established() const
{
    if (state_ != State::kEstablished) {
        throw Disconnected("TLS: the connection is not established");
    }
}

// --- the end ---------------------------------------------------------------------------------

void TlsStream::shutdown_write() noexcept
{
    inner().shutdown_write();
}

Task<> TlsStream::finish()
{
    if (state_ == State::kEstablished) {
        session_->write_end();
        co_await flush();
    } else if (state_ == State::kFailed) {
        co_await try_to_send_alert();
    }
    co_await inner().finish();
}

Task<> TlsStream::renew_keys()
{
    expect_established();
    session_->renew_keys();
    co_await flush();
}

std::size_t TlsStream::buffer_bytes() const
{
    return sending_.capacity() +
           (state_ == State::kEstablished ? session_->buffer_bytes() : std::size_t{0});
}

std::string TlsStream::peer_name() const
{
    return state_ == State::kEstablished ? session_->peer_name() : std::string();
}

std::string TlsStream::description() const
{
    return state_ == State::kEstablished ? session_->description() : std::string();
}

} // namespace covnc
