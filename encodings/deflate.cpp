#include "encodings/deflate.h"

#include "encodings/deflate_stream.h"

namespace covnc {

namespace {

// Measured: docs/performance.md, "Deflate".
constexpr int kZlibFast = 1;
constexpr int kZlibNormal = 6;
constexpr int kIsal = 2;

std::unique_ptr<DeflateStream> make_stream(DeflateLibrary library, Effort effort)
{
    if (library == DeflateLibrary::kIsal) {
        return make_isal_stream(kIsal);
    }
    return make_zlib_stream(effort == Effort::kFast ? kZlibFast : kZlibNormal);
}

} // namespace

DeflateLibrary deflate_library(Effort effort)
{
    return effort == Effort::kFast && has_isal() ? DeflateLibrary::kIsal : DeflateLibrary::kZlib;
}

DeflateUnit::DeflateUnit(Effort effort) : DeflateUnit(effort, deflate_library(effort)) {}

DeflateUnit::DeflateUnit(Effort effort, DeflateLibrary library)
    : stream_(make_stream(library, effort))
{}

DeflateUnit::~DeflateUnit() = default;

void DeflateUnit::write(std::span<const std::uint8_t> data, std::vector<std::uint8_t>& out)
{
    stream_->run(data, false, out);
}

void DeflateUnit::flush(std::vector<std::uint8_t>& out)
{
    stream_->run({}, true, out);
}

} // namespace covnc
