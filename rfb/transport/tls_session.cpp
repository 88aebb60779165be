#include "rfb/transport/tls_session.h"

#include <gnutls/gnutls.h>

#include <algorithm>
#include <cerrno>
#include <new>

namespace covnc {

namespace {

constexpr std::uint8_t kFirstContentType = 20; // change_cipher_spec
constexpr std::uint8_t kLastContentType = 23;  // application_data
constexpr std::size_t kMostOnWire = 16384 + 2048;

} // namespace

// --- framing ---------------------------------------------------------------------------------

void TlsFraming::feed(ByteView bytes)
{
    while (!bytes.empty() && !is_broken_) {
        if (rest_ == 0) {
            header_[header_size_++] = bytes.front();
            bytes = bytes.subspan(1);
            take_header();
            continue;
        }
        const std::size_t count = std::min(rest_, bytes.size());
        rest_ -= count;
        bytes = bytes.subspan(count);
        records_ += rest_ == 0 ? 1 : 0;
    }
}

void TlsFraming::take_header()
{
    if (header_[0] < kFirstContentType || header_[0] > kLastContentType) {
        is_broken_ = true;
        return;
    }
    if (header_size_ < kHeaderSize) {
        return;
    }
    header_size_ = 0;
    rest_ = std::size_t{header_[3]} << 8U | header_[4];
    is_broken_ = rest_ > kMostOnWire;
    records_ += rest_ == 0 ? 1 : 0;
}

// --- GnuTLS's transport: memory --------------------------------------------------------------

struct TlsCallbacks
{
    static ssize_t push(gnutls_transport_ptr_t pointer, const void* data, std::size_t size)
    {
        auto& self = *static_cast<TlsSession*>(pointer);
        const auto* const bytes = static_cast<const std::uint8_t*>(data);
        try {
            self.outgoing_.insert(self.outgoing_.end(), bytes, bytes + size);
        } catch (const std::bad_alloc&) {
            gnutls_transport_set_errno(self.session_, ENOMEM);
            return -1;
        }
        return static_cast<ssize_t>(size);
    }

    static ssize_t pull(gnutls_transport_ptr_t pointer, void* data, std::size_t size)
    {
        auto& self = *static_cast<TlsSession*>(pointer);
        const std::size_t count = std::min(size, self.end_ - self.begin_);
        if (count == 0) {
            gnutls_transport_set_errno(self.session_, EAGAIN);
            return -1;
        }
        std::copy_n(self.incoming_.begin() + static_cast<std::ptrdiff_t>(self.begin_),
                    count,
                    static_cast<std::uint8_t*>(data));
        self.begin_ += count;
        return static_cast<ssize_t>(count);
    }

    // 1: there is something; never waits.
    static int pull_timeout(gnutls_transport_ptr_t pointer, [[maybe_unused]] unsigned milliseconds)
    {
        const auto& self = *static_cast<const TlsSession*>(pointer);
        return self.begin_ < self.end_ ? 1 : 0;
    }
};

// --- session ---------------------------------------------------------------------------------

TlsSession::TlsSession(std::shared_ptr<const TlsCredentials> credentials,
                       TlsKind kind,
                       std::string server_name)
    : credentials_(std::move(credentials)),
      server_name_(std::move(server_name))
{
    const unsigned side = credentials_->is_server() ? GNUTLS_SERVER : GNUTLS_CLIENT;
    // No tickets: who comes again is asked again.
    const int code =
        gnutls_init(&session_, side | GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL | GNUTLS_NO_TICKETS);
    if (code < 0) {
        throw TlsError(std::string("TLS: start: ") + gnutls_strerror(code));
    }
    try {
        credentials_->equip(session_, kind);
    } catch (...) {
        gnutls_deinit(session_);
        throw;
    }
    gnutls_session_set_ptr(session_, this);
    gnutls_transport_set_ptr(session_, this);
    gnutls_transport_set_push_function(session_, &TlsCallbacks::push);
    gnutls_transport_set_pull_function(session_, &TlsCallbacks::pull);
    gnutls_transport_set_pull_timeout_function(session_, &TlsCallbacks::pull_timeout);
    gnutls_handshake_set_timeout(session_, GNUTLS_INDEFINITE_TIMEOUT); // the caller's
}

TlsSession::~TlsSession()
{
    gnutls_deinit(session_);
}

// Says why in words, and leaves an alert in outgoing_.
void TlsSession::fail(int code)
{
    if (code == GNUTLS_E_FATAL_ALERT_RECEIVED) {
        const char* const name = gnutls_alert_get_name(gnutls_alert_get(session_));
        throw TlsError(std::string("TLS: the peer gives up: ") +
                       (name != nullptr ? name : "an alert without a name"));
    }
    gnutls_alert_send_appropriate(session_, code);
    if (!objection_.empty()) {
        throw CertificateRefused("TLS: the peer's certificate is refused: " + objection_);
    }
    if (code == GNUTLS_E_NO_CERTIFICATE_FOUND || code == GNUTLS_E_CERTIFICATE_REQUIRED) {
        throw AuthenticationError("TLS: the peer shows no certificate");
    }
    if (code == GNUTLS_E_REHANDSHAKE) {
        throw TlsError("TLS: the peer asks for a new handshake");
    }
    throw TlsError(std::string("TLS: ") + gnutls_strerror(code));
}

bool TlsSession::shake_hands()
{
    // Warnings go on; there are no more of them than bytes came for.
    for (;;) {
        const int code = gnutls_handshake(session_);
        if (code == GNUTLS_E_SUCCESS) {
            return true;
        }
        if (code == GNUTLS_E_AGAIN) {
            return false;
        }
        if (code != GNUTLS_E_INTERRUPTED && code != GNUTLS_E_WARNING_ALERT_RECEIVED) {
            fail(code);
        }
    }
}

bool TlsSession::takes_certificate()
{
    objection_ = credentials_->objection(session_, server_name_);
    return objection_.empty();
}

std::span<std::uint8_t> TlsSession::room(std::size_t size)
{
    if (begin_ == end_) {
        begin_ = end_ = 0;
        if (incoming_.size() > size) { // a handshake had needed more
            incoming_ = std::vector<std::uint8_t>(size);
        }
    }
    if (incoming_.size() < end_ + size) {
        incoming_.resize(end_ + size);
    }
    return std::span(incoming_).subspan(end_, size);
}

void TlsSession::received(std::size_t count)
{
    framing_.feed(std::span(incoming_).subspan(end_, count));
    end_ += count;
}

std::optional<std::size_t> TlsSession::read(std::span<std::uint8_t> buffer)
{
    for (;;) {
        const std::size_t before = begin_;
        const ssize_t result = gnutls_record_recv(session_, buffer.data(), buffer.size());
        const bool took_something = begin_ != before;
        // What gave nothing is an empty record, or the end: that takes nothing when asked again.
        if (result > 0 || (result == 0 && !took_something)) {
            return static_cast<std::size_t>(result);
        }
        const bool may_go_on = took_something && begin_ != end_; // behind new keys, say
        if (result == GNUTLS_E_AGAIN && !may_go_on) {
            return std::nullopt;
        }
        if (result != 0 && result != GNUTLS_E_AGAIN && result != GNUTLS_E_INTERRUPTED &&
            result != GNUTLS_E_WARNING_ALERT_RECEIVED) {
            fail(static_cast<int>(result));
        }
    }
}

void TlsSession::write(ByteView bytes)
{
    // Peers may have asked for smaller records.
    do {
        const ssize_t result = gnutls_record_send(session_, bytes.data(), bytes.size());
        if (result < 0) {
            fail(static_cast<int>(result));
        }
        bytes = bytes.subspan(static_cast<std::size_t>(result));
    } while (!bytes.empty());
}

void TlsSession::write_end() noexcept
{
    gnutls_bye(session_, GNUTLS_SHUT_WR);
}

void TlsSession::renew_keys()
{
    const int code = gnutls_session_key_update(session_, GNUTLS_KU_PEER);
    if (code < 0) {
        fail(code);
    }
}

std::string TlsSession::peer_name() const
{
    return certificate_name(session_);
}

std::string TlsSession::description() const
{
    return std::string(gnutls_protocol_get_name(gnutls_protocol_get_version(session_))) + ", " +
           gnutls_cipher_get_name(gnutls_cipher_get(session_));
}

} // namespace covnc
