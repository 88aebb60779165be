#include "encodings/deflate.h"
#include "rfb/server_messages.h"
#include "rfb/update_cache.h"
#include "tools/bench/cpu_time.h"
#include "tools/bench/encode_servers.h"

#include <utility>

namespace covnc::bench {

namespace {

class CovncEncoder final : public EncoderUnderTest
{
public:
    CovncEncoder(const EncodeSettings& settings, Effort effort)
        : settings_(settings),
          effort_(effort)
    {}

    void restart() override
    {
        has_zlib_header_ = false;
        window_.reset();
    }

    std::int64_t encode(std::span<const SourceRect> rects) override
    {
        update_ = {};
        const std::int64_t before = thread_cpu_nanoseconds();
        choose_window(rects);
        update_ = encode_update({}, rects, kNativePixelFormat, settings_, effort_, *window_);
        const std::int64_t cost = thread_cpu_nanoseconds() - before;
        write_message();
        return cost;
    }

    ByteView message() override { return message_; }
    std::vector<Rect> lossy() const override { return update_.lossy; }

private:
    // As the update cache does for viewers in step: small updates go on in the stream of the last.
    void choose_window(std::span<const SourceRect> rects)
    {
        const std::int64_t large = CacheSettings().large_update;
        std::int64_t area = 0;
        for (const SourceRect& rect : rects) {
            area += rect.position.area();
        }
        const bool goes_on = window_ && effort_ == Effort::kNormal && area <= large && was_small_;
        if (!goes_on) {
            window_ = std::make_unique<DeflateUnit>(effort_);
        }
        was_small_ = area <= large;
    }

    // The zlib header goes out once a viewer, as a session sends it.
    void write_message()
    {
        message_.clear();
        append_update_head(message_, update_.rectangle_count);
        std::size_t sent = 0;
        if (update_.first_zlib_length_at != 0 && !std::exchange(has_zlib_header_, true)) {
            const Bytes head = update_.first_head();
            message_.insert(message_.end(), head.begin(), head.end());
            sent = update_.first_zlib_length_at + 4;
        }
        message_.insert(message_.end(),
                        update_.body.begin() + static_cast<std::ptrdiff_t>(sent),
                        update_.body.end());
    }

    EncodeSettings settings_;
    Effort effort_;
    EncodedUpdate update_;
    std::unique_ptr<DeflateUnit> window_;
    bool was_small_ = false;
    Bytes message_;
    bool has_zlib_header_ = false;
};

} // namespace

std::unique_ptr<EncoderUnderTest> make_covnc_encoder(const EncodeSettings& settings, Effort effort)
{
    return std::make_unique<CovncEncoder>(settings, effort);
}

} // namespace covnc::bench
