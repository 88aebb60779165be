// One end of a TLS connection as bytes in, bytes out: GnuTLS over memory. It never waits and knows
// no descriptor. Any thread, one at a time.
#pragma once

#include "coroutine/stream.h"
#include "rfb/errors.h"
#include "rfb/transport/tls_credentials.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace covnc {

// The peer broke TLS, or gave up; texts begin with "TLS: ".
class TlsError : public ProtocolError
{
public:
    using ProtocolError::ProtocolError;
};

// The peer has shown a certificate that we do not take. Who shows none has only not logged in.
class CertificateRefused : public AuthenticationError
{
public:
    using AuthenticationError::AuthenticationError;
};

// Follows where records begin and end in what a peer sends (RFC 8446, 5.1).
class TlsFraming
{
public:
    void feed(ByteView bytes);
    // Records that are whole.
    std::uint64_t records() const { return records_; }
    // Something came that is no record.
    bool is_broken() const { return is_broken_; }
    bool is_inside_record() const { return header_size_ != 0 || rest_ != 0; }

private:
    void take_header();

    static constexpr std::size_t kHeaderSize = 5;
    std::uint8_t header_[kHeaderSize] = {};
    std::size_t header_size_ = 0; // bytes of the header so far
    std::size_t rest_ = 0;        // bytes that the record still lacks
    std::uint64_t records_ = 0;
    bool is_broken_ = false;
};

class TlsSession
{
public:
    static constexpr std::size_t kMostInRecord = 16384; // bytes

    // server_name: whom a client wants to talk to. Throws TlsError.
    TlsSession(std::shared_ptr<const TlsCredentials> credentials,
               TlsKind kind,
               std::string server_name);
    ~TlsSession();
    TlsSession(const TlsSession&) = delete;
    TlsSession& operator=(const TlsSession&) = delete;

    // Goes on with the handshake as far as what was received allows: true once it is over. This is
    // what computes. Throws TlsError, and AuthenticationError for a certificate that we do not
    // take; then an alert is to be sent.
    bool shake_hands();

    // Room for `size` bytes from the peer, to be filled; then received() with how many came.
    std::span<std::uint8_t> room(std::size_t size);
    void received(std::size_t count);
    const TlsFraming& framing() const { return framing_; }

    // Decrypts; at least one byte, 0 at the peer's close_notify, nothing where more is needed.
    // Throws TlsError; then an alert is to be sent.
    std::optional<std::size_t> read(std::span<std::uint8_t> buffer);
    // Encrypts at most kMostInRecord bytes, into one record where the peer takes such. Throws
    // TlsError.
    void write(ByteView bytes);
    // Adds close_notify.
    void write_end() noexcept;
    // TLS 1.3: new keys from here on; the peer is asked to take new ones too. Throws TlsError.
    void renew_keys();

    // What is to be sent, in order. It may be taken.
    std::vector<std::uint8_t>& outgoing() { return outgoing_; }
    std::size_t buffer_bytes() const { return incoming_.capacity() + outgoing_.capacity(); }

    // Whether the certificate that the peer has just shown will do. For GnuTLS, in a handshake.
    bool takes_certificate();

    // Who the peer is by its certificate; empty without one. After the handshake.
    std::string peer_name() const;
    // "TLS1.3, AES-128-GCM".
    std::string description() const;

private:
    friend struct TlsCallbacks;
    [[noreturn]] void fail(int code);

    std::shared_ptr<const TlsCredentials> credentials_;
    std::string server_name_;
    gnutls_session_int* session_ = nullptr;
    TlsFraming framing_;
    std::vector<std::uint8_t> incoming_;
    std::size_t begin_ = 0; // of what GnuTLS has not taken of incoming_
    std::size_t end_ = 0;
    std::vector<std::uint8_t> outgoing_;
    std::string objection_; // to the peer's certificate
};

} // namespace covnc
