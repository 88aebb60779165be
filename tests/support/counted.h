// A value that counts how many of its kind live: what leaks, and what is destroyed twice, shows in
// the count. One thread at a time.
#pragma once

#include <string>

namespace covnc::test {

class Counted
{
public:
    explicit Counted(int value = 0) : value_(value), guard_(kGuard) { ++alive_; }
    Counted(const Counted& other) : value_(other.value_), guard_(kGuard) { ++alive_; }
    Counted(Counted&& other) noexcept : value_(other.value_), guard_(kGuard)
    {
        other.value_ = -1;
        ++alive_;
    }
    Counted& operator=(const Counted&) = default;
    Counted& operator=(Counted&&) = default;
    ~Counted() { --alive_; }

    // -1 once moved from.
    int value() const { return value_; }
    // A string on the heap came along unharmed: catches bitwise copies.
    bool is_intact() const { return guard_ == kGuard; }

    static int alive() { return alive_; }

private:
    static constexpr const char* kGuard = "longer than the small string buffer has room for";
    static inline int alive_ = 0;

    int value_;
    std::string guard_;
};

} // namespace covnc::test
