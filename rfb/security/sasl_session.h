// One end of a SASL exchange (RFC 4422), bytes in and bytes out, and the security layer that may
// come of it: Cyrus SASL without its callbacks. Its steps may block, for files and other programs:
// for workers. Any thread, one at a time.
#pragma once

#include "rfb/security/secret.h"
#include "rfb/wire.h"

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <sasl/sasl.h>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace covnc {

// The library cannot do what is asked of it; the text says why.
class SaslError : public std::runtime_error
{
public:
    using std::runtime_error::runtime_error;
};

// Where nothing else encrypts, a mechanism has to, at least with keys of this many bits: what
// Kerberos had before AES, and not the 56 bits that others still take.
inline constexpr unsigned kMinSaslBits = 112;

// What somebody else encrypts, TLS or none who could read along, is told to mechanisms as this many
// bits: the least that our TLS has.
inline constexpr unsigned kOutsideBits = 128;

// In place of what the library's own configuration says: "mech_list", "sasldb_path", ....
using SaslOptions = std::map<std::string, std::string>;

struct SaslStep
{
    enum class Status : std::uint8_t { kContinue, kDone, kDenied };

    SaslStep() = default; // not an aggregate: see docs/coroutine-pitfalls.md

    Status status = Status::kDenied;
    std::optional<Secret> data; // for the peer; nothing is not the same as no bytes
    std::string reason;         // where it is denied: for the log, holds nothing that a peer sent
};

class SaslSession
{
public:
    virtual ~SaslSession();
    SaslSession(const SaslSession&) = delete;
    SaslSession& operator=(const SaslSession&) = delete;

    // The rest is for when the exchange is done.
    // Bits of the layer's keys; 0: there is none.
    unsigned layer_bits() const;
    // Bytes that encode() takes at once.
    std::size_t most_in_piece() const;
    // Appends to `out` what stands for the piece on the wire. Throws SaslError.
    void encode(ByteView piece, Bytes& out);
    // Appends to `out` what the peer's bytes stand for, as far as their pieces are whole. What it
    // holds on to is bounded. Throws AuthenticationError for what was not made with our keys.
    void decode(ByteView bytes, Bytes& out);

protected:
    explicit SaslSession(SaslOptions options) : options_(std::move(options)) {}
    // What a mechanism must be able to do, depending on whether somebody else encrypts.
    void limit(bool is_confidential);
    void expect_ok(int code, const char* doing) const;
    SaslStep step_of(int code, const char* data, unsigned size);

    sasl_conn_t* handle() const { return handle_; }
    sasl_conn_t** new_handle() { return &handle_; }
    const sasl_callback_t* callbacks() const { return callbacks_.data(); }
    void add_callback(unsigned long id, void (*function)());
    // Why it did not go well, as the library's log has it; empty where it has not said.
    const std::string& last_words() const { return last_words_; }

private:
    friend struct SaslCallbacks;

    SaslOptions options_;
    std::string last_words_;
    std::vector<sasl_callback_t> callbacks_;
    sasl_conn_t* handle_ = nullptr;
};

// The server's side. Whoever makes one has started the library (sasl_server.h).
class SaslServerSession final : public SaslSession
{
public:
    // Throws SaslError.
    SaslServerSession(SaslOptions options, bool is_confidential);

    // All that the library could do here, its favourite first. Throws SaslError.
    std::vector<std::string> mechanisms();

    // data: with the choice of mechanism; nothing where the viewer has sent none.
    SaslStep start(const std::string& mechanism, const std::optional<Secret>& data);
    SaslStep step(const std::optional<Secret>& data);

    // Who has logged in, as the mechanism names them. When the exchange is done.
    std::string user() const;
};

// The viewer's side.
class SaslClientSession final : public SaslSession
{
public:
    // Throws SaslError.
    SaslClientSession(std::string user, std::string_view password, bool is_confidential);
    ~SaslClientSession() override;

    // offered: names with commas between. Chooses one; that is mechanism() then.
    SaslStep start(const std::string& offered);
    SaslStep step(const std::optional<Secret>& data);

    const std::string& mechanism() const { return mechanism_; }

private:
    friend struct SaslCallbacks;

    std::string user_;
    Secret password_; // a sasl_secret_t
    std::string mechanism_;
};

} // namespace covnc
