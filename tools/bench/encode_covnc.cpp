#include "rfb/server_messages.h"
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

    void restart() override { has_zlib_header_ = false; }

    std::int64_t encode(std::span<const SourceRect> rects) override
    {
        update_ = {};
        const std::int64_t before = thread_cpu_nanoseconds();
        update_ = encode_update({}, rects, kNativePixelFormat, settings_, effort_);
        const std::int64_t cost = thread_cpu_nanoseconds() - before;
        write_message();
        return cost;
    }

    ByteView message() override { return message_; }
    std::vector<Rect> lossy() const override { return update_.lossy; }

private:
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
    Bytes message_;
    bool has_zlib_header_ = false;
};

} // namespace

std::unique_ptr<EncoderUnderTest> make_covnc_encoder(const EncodeSettings& settings, Effort effort)
{
    return std::make_unique<CovncEncoder>(settings, effort);
}

} // namespace covnc::bench
