// Messages and memory as an emulator makes them, for the tests of the shm source.
#pragma once

#include "coroutine/file_descriptor.h"
#include "src/sources/shm/messages.h"

#include <catch2/catch.hpp>

#include <cstring>
#include <fcntl.h>
#include <initializer_list>
#include <string_view>
#include <sys/mman.h>
#include <unistd.h>
#include <vector>

namespace covnc::shm_test {

using Bytes = std::vector<std::uint8_t>;

// Words of 32 bits in the machine's order, and what comes behind them.
inline Bytes words(std::initializer_list<std::uint32_t> values, std::string_view text = {})
{
    Bytes bytes(values.size() * sizeof(std::uint32_t));
    std::memcpy(bytes.data(), std::data(values), bytes.size());
    bytes.insert(bytes.end(), text.begin(), text.end());
    return bytes;
}

inline Bytes hello(std::string_view name = "test", std::uint32_t flags = 0)
{
    return words({1, shm::kMagic, shm::kVersion, flags}, name);
}

inline constexpr int kShrinkSeal = F_SEAL_SHRINK;

// Memory full of one pixel.
inline FileDescriptor memory(std::size_t bytes, std::uint32_t pixel = 0, int seals = kShrinkSeal)
{
    FileDescriptor file(memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    const std::vector<std::uint32_t> pixels((bytes + 3) / 4, pixel);
    REQUIRE(file);
    REQUIRE(::pwrite(file.get(), pixels.data(), bytes, 0) == static_cast<ssize_t>(bytes));
    REQUIRE(fcntl(file.get(), F_ADD_SEALS, seals) == 0);
    return file;
}

inline FileDescriptor duplicate(const FileDescriptor& file)
{
    return FileDescriptor(fcntl(file.get(), F_DUPFD_CLOEXEC, 0));
}

} // namespace covnc::shm_test
