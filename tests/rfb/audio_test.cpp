#include "rfb/audio.h"
#include "tests/rfb/message_support.h"

using namespace covnc;
using namespace covnc::test;

namespace {

// So many milliseconds of the format that QEMU plays, all samples the same.
Bytes sound(std::size_t milliseconds, std::uint8_t value = 1)
{
    return Bytes(milliseconds * 44100 / 1000 * 4, value);
}

} // namespace

TEST_CASE("what nobody listens to is not converted", "[audio]")
{
    int looks = 0;
    Audio audio([&looks] { ++looks; });
    audio.play(sound(10)); // no stream
    audio.start(PcmFormat{});
    CHECK(looks == 1);
    audio.play(sound(10));
    CHECK(looks == 1);
    CHECK_FALSE(audio.has_listeners());
    std::shared_ptr<AudioFeed> feed = audio.feed(AudioFormat{});
    CHECK(audio.has_listeners());
    audio.play(sound(10));
    CHECK(looks == 2);
    CHECK(feed->end() == 1);
    feed.reset();
    CHECK_FALSE(audio.has_listeners());
}

TEST_CASE("who wants the same shares it", "[audio]")
{
    Audio audio([] {});
    audio.start(PcmFormat{});
    const auto first = audio.feed(AudioFormat{});
    const auto second = audio.feed(AudioFormat{});
    const auto other = audio.feed({SampleFormat::kU8, 1, 44100});
    CHECK(first == second);
    CHECK(first != other);
    audio.play(hex("0040 0040 0000 0000"));
    CHECK(*first->piece(0) == hex("0040 0040 0000 0000"));
    CHECK(*other->piece(0) == hex("c0 80"));
}

TEST_CASE("no more than a moment of sound is kept, and the newest always", "[audio]")
{
    Audio audio([] {});
    audio.start(PcmFormat{});
    const auto feed = audio.feed(AudioFormat{});
    std::size_t most = 0;
    for (int i = 0; i < 100; ++i) {
        audio.play(sound(23));
        std::size_t bytes = 0;
        for (std::uint64_t number = feed->begin(); number < feed->end(); ++number) {
            bytes += feed->piece(number)->size();
        }
        most = std::max(most, bytes);
    }
    CHECK(feed->end() == 100);
    CHECK(feed->begin() == 100 - 13); // of 23 ms each
    CHECK(most <= sound(300).size());
    // Ten minutes at once are their last moment.
    audio.play(Bytes(std::size_t{600} * 44100 * 4, 2));
    CHECK(feed->begin() == 100);
    CHECK(feed->piece(100)->size() == sound(300).size());
}

TEST_CASE("cut frames and formats that cannot be do no harm", "[audio]")
{
    Audio audio([] {});
    const auto feed = audio.feed(AudioFormat{});
    audio.start(PcmFormat{});
    CHECK(audio.stream() == 1);
    audio.play(hex("0040 0040 00"));
    CHECK(*feed->piece(0) == hex("0040 0040"));
    audio.play(hex("00"));
    audio.play({});
    CHECK(feed->end() == 1);
    for (const PcmFormat& bad : {PcmFormat{24, true, false, false, 2, 44100},
                                 PcmFormat{16, true, true, false, 2, 44100},
                                 PcmFormat{16, true, false, false, 0, 44100},
                                 PcmFormat{16, true, false, false, 17, 44100},
                                 PcmFormat{16, true, false, false, 2, 0},
                                 PcmFormat{16, true, false, false, 2, 0xffffffff}}) {
        audio.start(bad);
        CHECK(audio.stream() == 0);
        audio.play(hex("0040 0040"));
    }
    CHECK(feed->end() == 1);
    audio.start(PcmFormat{});
    CHECK(audio.stream() == 2);
}

TEST_CASE("so many formats, and no more until one is given up", "[audio]")
{
    Audio audio([] {});
    std::vector<std::shared_ptr<AudioFeed>> feeds;
    for (std::uint32_t i = 0; i < Audio::kMostFormats; ++i) {
        feeds.push_back(audio.feed({SampleFormat::kS16, 2, 8000 + i}));
        CHECK(feeds.back() != nullptr);
    }
    CHECK(audio.feed({SampleFormat::kS16, 2, 44100}) == nullptr);
    CHECK(audio.feed({SampleFormat::kS16, 2, 8000}) == feeds[0]);
    feeds.pop_back();
    CHECK(audio.feed({SampleFormat::kS16, 2, 44100}) != nullptr);
}
