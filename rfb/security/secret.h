// Secret: bytes that are wiped when they go. Any thread; an object belongs to one.
#pragma once

#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace covnc {

class Secret
{
public:
    Secret() = default;
    explicit Secret(std::size_t size) : bytes_(size) {}
    explicit Secret(std::string_view text) : bytes_(text.begin(), text.end()) {}
    ~Secret() { wipe(); }
    // The bytes stay where they are: none are left behind.
    Secret(Secret&& other) noexcept = default;
    Secret& operator=(Secret&& other) noexcept
    {
        wipe();
        bytes_ = std::move(other.bytes_);
        return *this;
    }
    Secret(const Secret&) = delete;
    Secret& operator=(const Secret&) = delete;

    std::span<std::uint8_t> bytes() { return bytes_; }
    std::span<const std::uint8_t> bytes() const { return bytes_; }
    std::string_view text() const
    {
        return {reinterpret_cast<const char*>(bytes_.data()), bytes_.size()};
    }

private:
    void wipe() noexcept
    {
        if (!bytes_.empty()) {
            explicit_bzero(bytes_.data(), bytes_.size());
        }
    }

    std::vector<std::uint8_t> bytes_;
};

} // namespace covnc
