#include "rfb/security/rsa_aes_stream.h"

#include <nettle/memops.h>

#include <algorithm>
#include <stdexcept>

namespace covnc {

namespace {

constexpr std::size_t kBatch = 65536; // bytes of records in one write
constexpr std::size_t kAround = RecordCipher::kHead + RecordCipher::kTag;

const nettle_cipher& cipher_for(std::span<const std::uint8_t> key)
{
    if (key.size() == AES128_KEY_SIZE) {
        return nettle_aes128;
    }
    if (key.size() == AES256_KEY_SIZE) {
        return nettle_aes256;
    }
    throw std::invalid_argument("an AES key of " + std::to_string(key.size()) + " bytes");
}

} // namespace

RecordCipher::RecordCipher(std::span<const std::uint8_t> key) : cipher_(cipher_for(key))
{
    cipher_.set_encrypt_key(context_.data(), key.data());
    eax_set_key(&key_, context_.data(), cipher_.encrypt);
}

RecordCipher::~RecordCipher()
{
    explicit_bzero(context_.data(), context_.size());
    explicit_bzero(&key_, sizeof key_);
}

std::array<std::uint8_t, RecordCipher::kTag> RecordCipher::apply(std::span<std::uint8_t> record,
                                                                 bool encrypts)
{
    std::array<std::uint8_t, EAX_BLOCK_SIZE> nonce{}; // little-endian, unlike all else
    for (std::size_t i = 0; i < sizeof records_; ++i) {
        nonce[i] = static_cast<std::uint8_t>(records_ >> (8 * i));
    }
    ++records_;
    const std::span<std::uint8_t> text = record.subspan(kHead, record.size() - kAround);
    const void* const context = context_.data();
    nettle_cipher_func* const encrypt = cipher_.encrypt;
    eax_ctx state{};
    eax_set_nonce(&state, &key_, context, encrypt, nonce.size(), nonce.data());
    eax_update(&state, &key_, context, encrypt, kHead, record.data());
    if (encrypts) {
        eax_encrypt(&state, &key_, context, encrypt, text.size(), text.data(), text.data());
    } else {
        eax_decrypt(&state, &key_, context, encrypt, text.size(), text.data(), text.data());
    }
    std::array<std::uint8_t, kTag> tag{};
    eax_digest(&state, &key_, context, encrypt, tag.size(), tag.data());
    return tag;
}

void RecordCipher::seal(std::span<std::uint8_t> record)
{
    const std::size_t length = record.size() - kAround;
    record[0] = static_cast<std::uint8_t>(length >> 8U);
    record[1] = static_cast<std::uint8_t>(length & 0xffU);
    const auto tag = apply(record, true);
    std::copy(tag.begin(), tag.end(), record.last(kTag).begin());
}

bool RecordCipher::open(std::span<std::uint8_t> record)
{
    const auto tag = apply(record, false);
    return memeql_sec(tag.data(), record.last(kTag).data(), tag.size()) != 0;
}

RsaAesStream::RsaAesStream(Stream& inner, const RsaAesKeys& keys)
    : StreamLayer(inner),
      reading_(keys.reading.bytes()),
      writing_(keys.writing.bytes()),
      reader_(inner)
{}

Task<std::size_t> RsaAesStream::read_some(std::span<std::uint8_t> buffer)
{
    if (text_.empty()) {
        std::array<std::uint8_t, 1> first{};
        const std::size_t count = co_await reader_.read_some(first);
        if (count == 0) {
            co_return 0;
        }
        co_await read_record(first[0]);
    }
    const std::size_t count = std::min(buffer.size(), text_.size());
    std::copy_n(text_.begin(), count, buffer.begin());
    explicit_bzero(text_.data(), count); // it may have been a password
    text_ = text_.subspan(count);
    co_return count;
}

Task<> RsaAesStream::read_record(std::uint8_t first)
{
    const std::uint8_t second = co_await reader_.read_byte();
    const std::size_t length = std::size_t{first} << 8U | second;
    if (length == 0) {
        throw ProtocolError("an RSA-AES record without text");
    }
    record_.resize(length + kAround);
    record_[0] = first;
    record_[1] = second;
    co_await reader_.read_exact(std::span(record_).subspan(RecordCipher::kHead));
    if (!reading_.open(record_)) {
        throw AuthenticationError("an RSA-AES record that was not made with the session's key");
    }
    text_ = std::span(record_).subspan(RecordCipher::kHead, length);
}

Task<> RsaAesStream::write_all(std::span<const ByteView> pieces)
{
    sealed_.clear();
    begin_record();
    for (ByteView piece : pieces) {
        while (!piece.empty()) {
            append(piece);
            if (sealed_.size() - begin_ < kMaxSentText + RecordCipher::kHead) {
                continue;
            }
            end_record();
            if (sealed_.size() >= kBatch) {
                co_await flush();
            }
            begin_record();
        }
    }
    if (sealed_.size() > begin_ + RecordCipher::kHead) {
        end_record();
    } else {
        sealed_.resize(begin_); // it has no text
    }
    co_await flush();
    // Quiet viewers are many: they keep only what small messages need.
    if (sealed_.capacity() > kMaxSentText + kAround) {
        sealed_ = Bytes();
    }
}

void RsaAesStream::begin_record()
{
    begin_ = sealed_.size();
    sealed_.resize(begin_ + RecordCipher::kHead);
}

// As much of the piece as the record takes.
void RsaAesStream::append(ByteView& piece)
{
    const std::size_t room = begin_ + RecordCipher::kHead + kMaxSentText - sealed_.size();
    const ByteView part = piece.first(std::min(piece.size(), room));
    sealed_.insert(sealed_.end(), part.begin(), part.end());
    piece = piece.subspan(part.size());
}

void RsaAesStream::end_record()
{
    sealed_.resize(sealed_.size() + RecordCipher::kTag);
    writing_.seal(std::span(sealed_).subspan(begin_));
}

Task<> RsaAesStream::flush()
{
    if (!sealed_.empty()) {
        co_await inner().write_all(ByteView(sealed_));
    }
    sealed_.clear();
}

} // namespace covnc
