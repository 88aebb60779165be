// What a SASL mechanism encrypts as a layer over a stream (RFC 4422, section 3.7). Loop thread
// only.
#pragma once

#include "coroutine/stream.h"
#include "rfb/security/sasl_session.h"

#include <memory>

namespace covnc {

class SaslStream final : public StreamLayer
{
public:
    using Stream::write_all;

    // session: one whose exchange is done, with a layer.
    SaslStream(Stream& inner, std::shared_ptr<SaslSession> session);

    // As Stream's; throw AuthenticationError for what was not made with our keys.
    Task<std::size_t> read_some(std::span<std::uint8_t> buffer) override;
    Task<> write_all(std::span<const ByteView> pieces) override;
    void shutdown_write() noexcept override { inner().shutdown_write(); }
    bool is_confidential() const override { return true; }

private:
    void append(ByteView& piece);
    void seal();
    Task<> flush();

    std::shared_ptr<SaslSession> session_;
    std::size_t most_in_piece_;
    Bytes received_;        // as it came
    Bytes text_;            // what it stood for
    std::size_t taken_ = 0; // of it
    Bytes piece_;           // to be encrypted
    Bytes sealed_;          // to be written
};

} // namespace covnc
