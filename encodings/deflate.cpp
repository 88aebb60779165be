#include "encodings/deflate.h"

#include "encodings/deflate_stream.h"

namespace covnc {

namespace {

// Measured: docs/performance.md, "Deflate".
constexpr int kZlibFast = 2; // takes the time of 1 within 4 %, and has up to 8 % fewer bytes
constexpr int kZlibNormal = 6;
constexpr int kIsal = 2;

int level_of(DeflateLibrary library, Effort effort)
{
    if (library == DeflateLibrary::kIsal) {
        return kIsal;
    }
    return effort == Effort::kFast ? kZlibFast : kZlibNormal;
}

} // namespace

DeflateLibrary deflate_library(Effort effort)
{
    return effort == Effort::kFast && has_isal() ? DeflateLibrary::kIsal : DeflateLibrary::kZlib;
}

DeflateUnit::DeflateUnit(Effort effort) : DeflateUnit(effort, deflate_library(effort)) {}

DeflateUnit::DeflateUnit(Effort effort, DeflateLibrary library)
    : level_(level_of(library, effort)),
      library_(library)
{}

DeflateUnit::DeflateUnit(int level) : level_(level), library_(DeflateLibrary::kZlib) {}

DeflateUnit::~DeflateUnit() = default;

DeflateStream& DeflateUnit::stream()
{
    if (!stream_) {
        stream_ =
            library_ == DeflateLibrary::kIsal ? make_isal_stream(level_) : make_zlib_stream(level_);
    }
    return *stream_;
}

void DeflateUnit::write(std::span<const std::uint8_t> data, std::vector<std::uint8_t>& out)
{
    stream().run(data, false, out);
}

void DeflateUnit::flush(std::vector<std::uint8_t>& out)
{
    stream().run({}, true, out);
}

} // namespace covnc
