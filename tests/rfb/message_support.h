// What the tests of messages share: bytes written as hex, and "every way to cut this short fails".
#pragma once

#include "rfb/wire.h"

#include <catch2/catch.hpp>

#include <cstdint>
#include <random>
#include <stdexcept>
#include <string_view>

namespace covnc::test {

inline unsigned hex_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return static_cast<unsigned>(c - '0');
    }
    if (c >= 'a' && c <= 'f') {
        return static_cast<unsigned>(c - 'a') + 10U;
    }
    throw std::invalid_argument("not a hex digit");
}

// "f8 000001" -> f8 00 00 01. Blanks may stand between bytes.
inline Bytes hex(std::string_view text)
{
    Bytes result;
    for (std::size_t i = 0; i < text.size();) {
        if (text[i] == ' ') {
            ++i;
            continue;
        }
        result.push_back(
            static_cast<std::uint8_t>(hex_digit(text.at(i)) << 4U | hex_digit(text.at(i + 1))));
        i += 2;
    }
    return result;
}

// The bytes a message's write gives.
template <typename Message, typename... Arguments>
Bytes written(const Message& message, Arguments... arguments)
{
    Bytes out;
    message.write(out, arguments...);
    return out;
}

// All but the type.
inline Bytes body_of(const Bytes& message)
{
    return Bytes(message.begin() + 1, message.end());
}

// Gives parse every proper prefix of the body, each in a buffer of exactly its size so that the
// address sanitizer sees any read beyond, and then the body with one byte more.
template <typename Parse>
void wants_exactly(const Bytes& body, Parse parse)
{
    CHECK_NOTHROW(parse(body));
    for (std::size_t length = 0; length < body.size(); ++length) {
        const Bytes cut(body.begin(), body.begin() + static_cast<std::ptrdiff_t>(length));
        CAPTURE(length);
        CHECK_THROWS_AS(parse(cut), ProtocolError);
    }
    Bytes longer = body;
    longer.push_back(0);
    CHECK_THROWS_AS(parse(longer), ProtocolError);
}

// Random numbers that are the same in each run.
class Random
{
public:
    std::uint8_t u8() { return static_cast<std::uint8_t>(engine_()); }
    std::uint16_t u16() { return static_cast<std::uint16_t>(engine_()); }
    std::uint32_t u32() { return static_cast<std::uint32_t>(engine_()); }
    bool flag() { return (engine_() & 1U) != 0; }
    std::size_t below(std::size_t limit) { return engine_() % limit; }
    Point point() { return {u16(), u16()}; }
    Rect rect() { return {u16(), u16(), u16(), u16()}; }
    Bytes bytes(std::size_t count)
    {
        Bytes result;
        for (std::size_t i = 0; i < count; ++i) {
            result.push_back(u8());
        }
        return result;
    }

private:
    std::mt19937 engine_{20240711}; // NOLINT(cert-msc51-cpp): repeatable on purpose
};

} // namespace covnc::test
