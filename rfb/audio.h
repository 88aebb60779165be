// What a machine plays, for all who listen: converted once for each format that some viewer wants,
// not at all where nobody listens. Loop thread only.
//
// Of each format the last moments are kept in pieces with numbers; a session remembers which it
// takes next. One that lags so far behind that its piece is gone goes on with the newest: it loses
// sound, and nothing is queued for it.
#pragma once

#include "coroutine/clock.h"
#include "rfb/audio_convert.h"

#include <deque>
#include <functional>
#include <optional>

namespace covnc {

// Whole frames in one format; shared by all who send it.
using AudioPiece = std::shared_ptr<const Bytes>;

class AudioFeed
{
public:
    // How much of a format is kept; a single piece may be up to this long.
    static constexpr Duration kKept = std::chrono::milliseconds(300);

    explicit AudioFeed(const AudioFormat& format) : format_(format) {}

    const AudioFormat& format() const { return format_; }
    // Numbers of the oldest piece that is there, and of the one that comes next.
    std::uint64_t begin() const { return end_ - pieces_.size(); }
    std::uint64_t end() const { return end_; }
    // number: from begin() up to, and not including, end().
    const AudioPiece& piece(std::uint64_t number) const { return pieces_[number - begin()]; }

private:
    friend class Audio;
    void add(Bytes bytes);

    AudioFormat format_;
    std::deque<AudioPiece> pieces_;
    std::size_t bytes_ = 0;
    std::uint64_t end_ = 0;
    std::unique_ptr<AudioConverter> converter_; // null: none has been needed since the format came
};

class Audio
{
public:
    // Different formats at once; viewers who want yet another one hear nothing.
    static constexpr std::size_t kMostFormats = 16;

    // on_sound: called when sessions that listen should look.
    explicit Audio(std::function<void()> on_sound) : on_sound_(std::move(on_sound)) {}

    // --- for the source ---
    // A stream begins; one that was there ends. A format that is not valid gives none.
    void start(const PcmFormat& format);
    // Frames of the stream; what is left of a frame at the end is dropped, and so is all but the
    // last moment of a piece that is very long. Nothing where there is no stream.
    void play(ByteView pcm);
    void stop();
    // 1: as it is. Until it is set again.
    void set_volume(float left, float right) { volume_ = {left, right}; }
    bool has_listeners() const;

    // --- for sessions ---
    // Null: too many formats.
    std::shared_ptr<AudioFeed> feed(const AudioFormat& format);
    // A number of its own for each stream; 0: there is none.
    std::uint64_t stream() const { return format_ ? streams_ : 0; }

private:
    std::vector<std::shared_ptr<AudioFeed>> feeds();

    std::function<void()> on_sound_;
    std::optional<PcmFormat> format_; // of the stream
    std::uint64_t streams_ = 0;
    std::array<float, 2> volume_{1, 1};
    std::vector<std::weak_ptr<AudioFeed>> feeds_;
};

} // namespace covnc
