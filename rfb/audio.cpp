#include "rfb/audio.h"

#include <algorithm>

namespace covnc {

namespace {

// Bytes of so much time, as whole frames.
std::size_t bytes_of(Duration time, std::size_t frame_bytes, std::uint32_t frequency)
{
    const auto milliseconds = static_cast<std::size_t>(
        std::chrono::duration_cast<std::chrono::milliseconds>(time).count());
    return milliseconds * frequency / 1000 * frame_bytes;
}

} // namespace

void AudioFeed::add(Bytes bytes)
{
    const std::size_t most = bytes_of(kKept, format_.frame_bytes(), format_.frequency);
    bytes_ += bytes.size();
    pieces_.push_back(std::make_shared<const Bytes>(std::move(bytes)));
    ++end_;
    while (bytes_ > most && pieces_.size() > 1) {
        bytes_ -= pieces_.front()->size();
        pieces_.pop_front();
    }
}

void Audio::start(const PcmFormat& format)
{
    stop();
    if (!format.is_valid()) {
        return;
    }
    format_ = format;
    ++streams_;
    for (const std::shared_ptr<AudioFeed>& feed : feeds()) {
        feed->converter_.reset();
    }
    on_sound_();
}

void Audio::play(ByteView pcm)
{
    if (!format_) {
        return;
    }
    const std::size_t most = bytes_of(AudioFeed::kKept, format_->frame_bytes(), format_->frequency);
    pcm = pcm.first(pcm.size() - pcm.size() % format_->frame_bytes());
    pcm = pcm.last(std::min(pcm.size(), most));
    bool is_heard = false;
    for (const std::shared_ptr<AudioFeed>& feed : feeds()) {
        if (!feed->converter_) {
            feed->converter_ = std::make_unique<AudioConverter>(*format_, feed->format());
        }
        Bytes bytes = feed->converter_->convert(pcm, volume_);
        if (!bytes.empty()) {
            feed->add(std::move(bytes));
            is_heard = true;
        }
    }
    if (is_heard) {
        on_sound_();
    }
}

void Audio::stop()
{
    if (format_) {
        format_.reset();
        on_sound_();
    }
}

bool Audio::has_listeners() const
{
    return std::any_of(feeds_.begin(), feeds_.end(), [](const std::weak_ptr<AudioFeed>& feed) {
        return !feed.expired();
    });
}

// Those that somebody listens to; the others are forgotten.
std::vector<std::shared_ptr<AudioFeed>> Audio::feeds()
{
    std::vector<std::shared_ptr<AudioFeed>> alive;
    for (const std::weak_ptr<AudioFeed>& feed : feeds_) {
        if (std::shared_ptr<AudioFeed> found = feed.lock()) {
            alive.push_back(std::move(found));
        }
    }
    feeds_.assign(alive.begin(), alive.end());
    return alive;
}

std::shared_ptr<AudioFeed> Audio::feed(const AudioFormat& format)
{
    const std::vector<std::shared_ptr<AudioFeed>> known = feeds();
    for (const std::shared_ptr<AudioFeed>& feed : known) {
        if (feed->format() == format) {
            return feed;
        }
    }
    if (known.size() >= kMostFormats) {
        return nullptr;
    }
    auto feed = std::make_shared<AudioFeed>(format);
    feeds_.emplace_back(feed);
    return feed;
}

} // namespace covnc
