#include "rfb/text.h"

#include <catch2/catch.hpp>

using namespace covnc;

TEST_CASE("what is UTF-8 and what is not", "[text]")
{
    CHECK(is_utf8(""));
    CHECK(is_utf8("plain"));
    CHECK(is_utf8("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80")); // é, euro, a face
    CHECK(is_utf8("\xf4\x8f\xbf\xbf"));                     // U+10FFFF
    CHECK_FALSE(is_utf8("\xe9"));                           // é in Latin-1
    CHECK_FALSE(is_utf8("\xc3"));                           // cut short
    CHECK_FALSE(is_utf8("\xc3\x28"));                       // no continuation
    CHECK_FALSE(is_utf8("\x80"));                           // nothing to continue
    CHECK_FALSE(is_utf8("\xc0\xaf"));                       // overlong
    CHECK_FALSE(is_utf8("\xe0\x80\xaf"));                   // overlong
    CHECK_FALSE(is_utf8("\xf0\x80\x80\xaf"));               // overlong
    CHECK_FALSE(is_utf8("\xed\xa0\x80"));                   // a surrogate
    CHECK_FALSE(is_utf8("\xf4\x90\x80\x80"));               // beyond the last
    CHECK_FALSE(is_utf8("\xff"));
}

TEST_CASE("a peer's text is UTF-8 where it can be, else Latin-1", "[text]")
{
    CHECK(from_peer_text("caf\xe9") == "caf\xc3\xa9");
    CHECK(from_peer_text("caf\xc3\xa9") == "caf\xc3\xa9");
    CHECK(from_peer_text("\x80\xff") == "\xc2\x80\xc3\xbf");
    CHECK(from_peer_text("a\r\nb\rc\nd\r\n") == "a\nb\nc\nd\n");
    CHECK(from_peer_text(std::string_view("end\0not", 7)) == "end");
    CHECK(from_peer_text("").empty());
}

TEST_CASE("Latin-1 has a question mark for what it has not", "[text]")
{
    CHECK(to_latin1("caf\xc3\xa9 1 \xe2\x82\xac\n") == "caf\xe9 1 ?\n");
    CHECK(to_latin1("\xff") == "?");
}

TEST_CASE("the extended clipboard's text ends lines with CRLF and itself with NUL", "[text]")
{
    CHECK(to_clipboard_text("a\nb") == std::string("a\r\nb\0", 5));
    CHECK(to_clipboard_text("") == std::string(1, '\0'));
    CHECK(from_peer_text(to_clipboard_text("\xe2\x82\xac\n\n")) == "\xe2\x82\xac\n\n");
}
