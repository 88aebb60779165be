#include "rfb/security/sasl_stream.h"

#include <algorithm>

namespace covnc {

namespace {

constexpr std::size_t kReadAtOnce = 4096;
constexpr std::size_t kMostInPiece = 16384; // also for peers that would take more
constexpr std::size_t kBatch = 65536;       // bytes that are written at once

} // namespace

SaslStream::SaslStream(Stream& inner, std::shared_ptr<SaslSession> session)
    : StreamLayer(inner),
      session_(std::move(session)),
      most_in_piece_(std::clamp<std::size_t>(session_->most_in_piece(), 1, kMostInPiece))
{}

Task<std::size_t> SaslStream::read_some(std::span<std::uint8_t> buffer)
{
    while (taken_ == text_.size()) {
        text_.clear();
        taken_ = 0;
        received_.resize(kReadAtOnce);
        const std::size_t count = co_await inner().read_some(received_);
        if (count == 0) {
            co_return 0;
        }
        session_->decode(ByteView(received_).first(count), text_);
    }
    const std::size_t count = std::min(buffer.size(), text_.size() - taken_);
    std::copy_n(text_.begin() + static_cast<std::ptrdiff_t>(taken_), count, buffer.begin());
    taken_ += count;
    co_return count;
}

Task<> SaslStream::write_all(std::span<const ByteView> pieces)
{
    sealed_.clear();
    piece_.clear();
    for (ByteView piece : pieces) {
        while (!piece.empty()) {
            append(piece);
            if (piece_.size() == most_in_piece_) {
                seal();
            }
            if (sealed_.size() >= kBatch) {
                co_await flush();
            }
        }
    }
    seal();
    co_await flush();
    // Quiet viewers are many: they keep only what small messages need.
    if (sealed_.capacity() > kMostInPiece) {
        sealed_ = Bytes();
    }
}

// As much of it as still goes into the piece that is being filled.
void SaslStream::append(ByteView& piece)
{
    const ByteView part = piece.first(std::min(piece.size(), most_in_piece_ - piece_.size()));
    piece_.insert(piece_.end(), part.begin(), part.end());
    piece = piece.subspan(part.size());
}

void SaslStream::seal()
{
    if (!piece_.empty()) {
        session_->encode(piece_, sealed_);
        piece_.clear();
    }
}

Task<> SaslStream::flush()
{
    if (!sealed_.empty()) {
        co_await inner().write_all(ByteView(sealed_));
    }
    sealed_.clear();
}

} // namespace covnc
