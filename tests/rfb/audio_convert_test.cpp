#include "rfb/audio_convert.h"
#include "tests/rfb/message_support.h"

#include <algorithm>
#include <cmath>

using namespace covnc;
using namespace covnc::test;

namespace {

constexpr std::array<float, 2> kFull{1, 1};
constexpr std::array kAllFormats{SampleFormat::kU8,
                                 SampleFormat::kS8,
                                 SampleFormat::kU16,
                                 SampleFormat::kS16,
                                 SampleFormat::kU32,
                                 SampleFormat::kS32};

Bytes convert(const PcmFormat& from, const AudioFormat& to, const char* pcm)
{
    return AudioConverter(from, to).convert(hex(pcm), kFull);
}

PcmFormat mono(unsigned bits, bool is_signed, bool is_big_endian = false)
{
    PcmFormat format;
    format.bits = bits;
    format.is_signed = is_signed;
    format.is_big_endian = is_big_endian;
    format.channels = 1;
    return format;
}

// The same samples as a machine would give them.
PcmFormat as_machine(SampleFormat format)
{
    const auto number = static_cast<unsigned>(format);
    return mono(8U << (number / 2U), number % 2U == 1);
}

// A tone of whole periods, mono S16; amplitude 0.5.
Bytes tone(double hertz, std::uint32_t frequency, std::size_t frames)
{
    Bytes pcm;
    for (std::size_t i = 0; i < frames; ++i) {
        const double phase = 2 * M_PI * hertz * static_cast<double>(i) / frequency;
        const auto sample = static_cast<std::int16_t>(std::lround(std::sin(phase) * 16384));
        pcm.push_back(static_cast<std::uint8_t>(sample & 0xff));
        pcm.push_back(static_cast<std::uint8_t>(sample >> 8));
    }
    return pcm;
}

std::vector<double> samples_of(const Bytes& pcm)
{
    std::vector<double> samples;
    for (std::size_t i = 0; i + 1 < pcm.size(); i += 2) {
        samples.push_back(static_cast<std::int16_t>(pcm[i] | pcm[i + 1] << 8) / 32768.0);
    }
    return samples;
}

} // namespace

TEST_CASE("every format of samples says the same", "[audio_convert]")
{
    // Silence, the loudest either way, a quarter.
    const std::vector<const char*> as_viewer{"80 00 ff c0",
                                             "00 80 7f 40",
                                             "0080 0000 ffff 00c0",
                                             "0000 0080 ff7f 0040",
                                             "00000080 00000000 ffffffff 000000c0",
                                             "00000000 00000080 ffffff7f 00000040"};
    for (std::size_t from = 0; from < as_viewer.size(); ++from) {
        for (std::size_t to = 0; to < as_viewer.size(); ++to) {
            const Bytes got = convert(
                as_machine(kAllFormats.at(from)), {kAllFormats.at(to), 1, 44100}, as_viewer[from]);
            const Bytes wanted = hex(as_viewer[to]);
            CAPTURE(from, to);
            REQUIRE(got.size() == wanted.size());
            // The loudest of few bits is not quite that of many.
            const std::size_t bytes = wanted.size() / 4;
            const auto part = [bytes](const Bytes& all, std::size_t i) {
                return Bytes(all.begin() + static_cast<std::ptrdiff_t>(i * bytes),
                             all.begin() + static_cast<std::ptrdiff_t>((i + 1) * bytes));
            };
            CHECK(part(got, 0) == part(wanted, 0));
            CHECK(part(got, 1) == part(wanted, 1));
            CHECK(part(got, 3) == part(wanted, 3));
            CHECK(got.at(3 * bytes - 1) == wanted.at(3 * bytes - 1));
        }
    }
}

TEST_CASE("16 bits go through unchanged", "[audio_convert]")
{
    Bytes all;
    for (unsigned word = 0; word < 0x10000U; ++word) {
        all.push_back(static_cast<std::uint8_t>(word & 0xffU));
        all.push_back(static_cast<std::uint8_t>(word >> 8U));
    }
    CHECK(AudioConverter(PcmFormat{}, AudioFormat{}).convert(all, kFull) == all);
}

TEST_CASE("the other byte order and floats are understood", "[audio_convert]")
{
    const AudioFormat to{SampleFormat::kS16, 1, 44100};
    CHECK(convert(mono(16, true, true), to, "4000 8000") == hex("0040 0080"));
    CHECK(convert(mono(32, true, true), to, "40000000") == hex("0040"));
    PcmFormat floats = mono(32, true);
    floats.is_float = true;
    // 0.5, -1, 2, not a number, infinity
    CHECK(convert(floats, to, "0000003f 000080bf 00000040 0000c07f 0000807f") ==
          hex("0040 0080 ff7f 0000 0000"));
}

TEST_CASE("two channels become one by their mean, and one becomes two", "[audio_convert]")
{
    CHECK(convert(PcmFormat{}, {SampleFormat::kS16, 1, 44100}, "0040 0020 ff7f ff7f") ==
          hex("0030 ff7f"));
    CHECK(convert(mono(16, true), {SampleFormat::kS16, 2, 44100}, "0040 0020") ==
          hex("0040 0040 0020 0020"));
    PcmFormat many;
    many.channels = 6;
    CHECK(convert(many, AudioFormat{}, "0100 0200 0300 0400 0500 0600") == hex("0100 0200"));
}

TEST_CASE("a volume makes less of it", "[audio_convert]")
{
    AudioConverter converter(PcmFormat{}, AudioFormat{});
    CHECK(converter.convert(hex("0040 0040"), {0.5F, 0}) == hex("0020 0000"));
}

TEST_CASE("a tone at another frequency is the same tone, as long", "[audio_convert]")
{
    for (const std::uint32_t frequency : {8000U, 22050U, 48000U, 4000U}) {
        CAPTURE(frequency);
        AudioConverter converter(mono(16, true), {SampleFormat::kS16, 1, frequency});
        const Bytes pcm = tone(441, 44100, 44100);
        std::vector<double> heard;
        for (std::size_t at = 0; at < pcm.size(); at += 2048) { // in pieces, as machines do
            const auto piece =
                ByteView(pcm).subspan(at, std::min<std::size_t>(2048, pcm.size() - at));
            for (const double sample : samples_of(converter.convert(piece, kFull))) {
                heard.push_back(sample);
            }
        }
        // Short of the filter's delay.
        CHECK(heard.size() <= frequency + 1);
        CHECK(heard.size() + frequency / 100 > frequency);
        // Where it crosses zero upwards, and how loud it is.
        int periods = 0;
        double loudest = 0;
        const std::size_t start = heard.size() / 10;
        for (std::size_t i = start + 1; i < heard.size(); ++i) {
            periods += heard[i - 1] < 0 && heard[i] >= 0 ? 1 : 0;
            loudest = std::max(loudest, std::abs(heard[i]));
        }
        const double seconds = static_cast<double>(heard.size() - start) / frequency;
        CHECK(periods / seconds == Approx(441).margin(3));
        CHECK(loudest == Approx(0.5).margin(0.02));
    }
}
