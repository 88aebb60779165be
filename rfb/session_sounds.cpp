// What a viewer hears: bells, and what the machine plays (rfbproto.rst, "Bell", "QEMU Audio Client
// Message", "QEMU Audio Server Message"), both halves of it. Sounds wait for no request; they go
// out between updates.
#include "rfb/audio_messages.h"
#include "rfb/server_messages.h"
#include "rfb/session.h"

#include <utility>

namespace covnc {

// --- the reader half -----------------------------------------------------------------------------

void Session::audio(ByteView body)
{
    const AudioRequest request = AudioRequest::parse(body);
    ListeningState& listening = state_.listening;
    if (request.operation == AudioOperation::kDisable) {
        listening.feed.reset();
    } else if (request.operation == AudioOperation::kEnable) {
        if (!listening.feed) {
            listen();
        }
    } else if (listening.format != request.format) {
        listening.format = request.format;
        if (listening.feed) {
            listen();
        }
    }
    wake();
}

void Session::listen()
{
    ListeningState& listening = state_.listening;
    listening.feed = display_.audio().feed(listening.format);
    listening.next_piece = listening.feed ? listening.feed->end() : 0;
    listening.begins_anew = true;
}

// --- the writer half -----------------------------------------------------------------------------

Task<> Session::write_sounds()
{
    Bytes before;
    Bytes behind;
    // However often it rang since the writer last looked, it is one bell.
    if (std::exchange(state_.bells_told, display_.bells()) != display_.bells()) {
        append_bell(before);
    }
    const std::vector<AudioPiece> audio = take_audio(before, behind);
    if (before.empty() && behind.empty()) {
        co_return;
    }
    std::vector<ByteView> pieces{ByteView(before)};
    for (const AudioPiece& piece : audio) {
        pieces.emplace_back(*piece);
    }
    pieces.emplace_back(behind);
    co_await stream().write_all(pieces);
}

// before, behind: messages around the pieces, the head of their own included.
std::vector<AudioPiece> Session::take_audio(Bytes& before, Bytes& behind)
{
    ListeningState& listening = state_.listening;
    const std::uint64_t stream = listening.feed ? display_.audio().stream() : 0;
    if (std::exchange(listening.begins_anew, false) && std::exchange(listening.has_begun, false)) {
        append_audio_end(before);
    }
    const std::vector<AudioPiece> pieces = pieces_due();
    if (!listening.has_begun && (stream != 0 || !pieces.empty())) {
        append_audio_begin(before);
        listening.has_begun = true;
        listening.stream_told = stream;
    }
    std::size_t bytes = 0;
    for (const AudioPiece& piece : pieces) {
        bytes += piece->size();
    }
    if (bytes > 0) {
        append_audio_data_head(before, bytes);
    }
    if (listening.has_begun && (stream == 0 || stream != listening.stream_told)) {
        append_audio_end(behind);
        listening.has_begun = stream != 0;
        if (listening.has_begun) {
            append_audio_begin(behind);
            listening.stream_told = stream;
        }
    }
    return pieces;
}

// All that it lacks; only the newest where it is so late that something is gone.
std::vector<AudioPiece> Session::pieces_due()
{
    ListeningState& listening = state_.listening;
    std::vector<AudioPiece> pieces;
    if (!listening.feed) {
        return pieces;
    }
    const AudioFeed& feed = *listening.feed;
    if (listening.next_piece < feed.begin()) {
        listening.next_piece = feed.end() - 1;
    }
    while (listening.next_piece < feed.end()) {
        pieces.push_back(feed.piece(listening.next_piece++));
    }
    return pieces;
}

} // namespace covnc
