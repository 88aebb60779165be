// The records of the RSA-AES security types as a layer over a stream: U16 length, that many bytes
// of AES-EAX, 16 bytes of tag (rfbproto.rst, "RSA-AES Security Type").
#pragma once

#include "coroutine/buffered_reader.h"
#include "rfb/security/secret.h"
#include "rfb/wire.h"

#include <nettle/aes.h>
#include <nettle/eax.h>
#include <nettle/nettle-meta.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace covnc {

// One direction's cipher. The nonce counts records, so that none is ever used twice. Any thread;
// an object belongs to one.
class RecordCipher
{
public:
    static constexpr std::size_t kHead = 2;
    static constexpr std::size_t kTag = EAX_DIGEST_SIZE;

    // key: 16 or 32 bytes. Throws std::invalid_argument otherwise.
    explicit RecordCipher(std::span<const std::uint8_t> key);
    ~RecordCipher();
    RecordCipher(const RecordCipher&) = delete;
    RecordCipher& operator=(const RecordCipher&) = delete;

    // record: room for the head, the text (1 to 65535 bytes, in place), room for the tag.
    void seal(std::span<std::uint8_t> record);
    // Decrypts in place. False where the tag does not fit: then nothing of it may be used.
    bool open(std::span<std::uint8_t> record);

private:
    std::array<std::uint8_t, kTag> apply(std::span<std::uint8_t> record, bool encrypts);

    const nettle_cipher& cipher_;
    alignas(16) std::array<std::uint8_t, sizeof(aes256_ctx)> context_{};
    eax_key key_{};
    std::uint64_t records_ = 0;
};

struct RsaAesKeys
{
    RsaAesKeys() = default; // not an aggregate: see docs/coroutine-pitfalls.md

    Secret reading;
    Secret writing;
};

// Loop thread only.
class RsaAesStream final : public StreamLayer
{
public:
    using Stream::write_all;

    // What we put into a record at most; peers may send longer ones.
    static constexpr std::size_t kMaxSentText = 8192;

    RsaAesStream(Stream& inner, const RsaAesKeys& keys);

    // As Stream's; throw ProtocolError for a record without text, AuthenticationError for one that
    // was not made with our key.
    Task<std::size_t> read_some(std::span<std::uint8_t> buffer) override;
    Task<> write_all(std::span<const ByteView> pieces) override;
    void shutdown_write() noexcept override { inner().shutdown_write(); }
    bool is_confidential() const override { return true; }

    // Bytes of the stream below, and of an opened record, that nobody has asked for yet.
    std::size_t ahead() const { return reader_.buffered() + text_.size(); }

private:
    Task<> read_record(std::uint8_t first);
    void begin_record();
    void append(ByteView& piece);
    void end_record();
    Task<> flush();

    RecordCipher reading_;
    RecordCipher writing_;
    BufferedReader reader_;
    Bytes record_;                 // as it came, opened in place
    std::span<std::uint8_t> text_; // of record_, what has not been read
    Bytes sealed_;                 // records to write; the last one may still be open
    std::size_t begin_ = 0;        // of the last one
};

} // namespace covnc
