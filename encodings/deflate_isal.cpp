#include "encodings/deflate_stream.h"

#include <stdexcept>

#ifdef COVNC_ISAL
#include <array>
#include <isa-l/igzip_lib.h>
#endif

namespace covnc {

#ifdef COVNC_ISAL

namespace {

class IsalStream final : public DeflateStream
{
public:
    explicit IsalStream(int level)
    {
        isal_deflate_init(&stream_);
        stream_.level = static_cast<std::uint32_t>(level);
        stream_.level_buf = level_memory_.data();
        stream_.level_buf_size = static_cast<std::uint32_t>(level_memory_.size());
        stream_.gzip_flag = IGZIP_DEFLATE;
        stream_.end_of_stream = 0;
    }

    void
    run(std::span<const std::uint8_t> data, bool flush, std::vector<std::uint8_t>& out) override
    {
        std::array<std::uint8_t, 16384> chunk;
        // It reads only, but its pointer is not const.
        stream_.next_in = const_cast<std::uint8_t*>(data.data());
        stream_.avail_in = static_cast<std::uint32_t>(data.size());
        stream_.flush = flush ? SYNC_FLUSH : NO_FLUSH;
        do {
            stream_.next_out = chunk.data();
            stream_.avail_out = static_cast<std::uint32_t>(chunk.size());
            if (isal_deflate(&stream_) != COMP_OK) {
                throw std::logic_error("ISA-L lost its deflate stream");
            }
            out.insert(out.end(), chunk.data(), stream_.next_out);
        } while (stream_.avail_out == 0 || stream_.avail_in != 0);
    }

private:
    isal_zstream stream_;
    std::array<std::uint8_t, ISAL_DEF_LVL3_DEFAULT> level_memory_; // the largest of levels 1 .. 3
};

} // namespace

bool has_isal()
{
    return true;
}

std::unique_ptr<DeflateStream> make_isal_stream(int level)
{
    // Not make_unique: it would fill 400 KiB with zeros, which ISA-L does not need.
    return std::unique_ptr<DeflateStream>(new IsalStream(level));
}

#else

bool has_isal()
{
    return false;
}

std::unique_ptr<DeflateStream> make_isal_stream(int)
{
    throw std::logic_error("covnc was built without ISA-L");
}

#endif

} // namespace covnc
