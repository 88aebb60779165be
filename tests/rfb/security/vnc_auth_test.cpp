#include "rfb/security/vnc_auth.h"
#include "tests/rfb/message_support.h"

#include <algorithm>

using namespace covnc;
using namespace covnc::test;

namespace {

VncChallenge sixteen(std::string_view text)
{
    const Bytes bytes = hex(text);
    VncChallenge result{};
    std::copy_n(bytes.begin(), result.size(), result.begin());
    return result;
}

const VncChallenge kCounting = sixteen("000102030405060708090a0b0c0d0e0f");
const VncChallenge kOnes = sixteen("ffffffffffffffffffffffffffffffff");

Access login(const VncPasswords& passwords, std::string_view typed)
{
    return passwords.check(kCounting, vnc_response(typed, kCounting));
}

} // namespace

TEST_CASE("known responses come out", "[vnc_auth]")
{
    CHECK(vnc_response("password", kCounting) == sixteen("b866924125c8eebb9debc1db61c538e2"));
    CHECK(vnc_response("", kCounting) == sixteen("491e890de9ace932838a49792f2213f3"));
    CHECK(vnc_response("abc", kOnes) == sixteen("e321a7ecc547e65be321a7ecc547e65b"));
}

TEST_CASE("only the first eight characters of a password count", "[vnc_auth]")
{
    CHECK(vnc_response("password and more", kCounting) == vnc_response("password", kCounting));
    CHECK(vnc_response("passwor", kCounting) != vnc_response("password", kCounting));
}

TEST_CASE("each password opens what it is for, and others nothing", "[vnc_auth]")
{
    const VncPasswords passwords{"secret", "look"};
    CHECK(login(passwords, "secret") == Access::kFull);
    CHECK(login(passwords, "look") == Access::kViewOnly);
    CHECK(login(passwords, "Secret") == Access::kDenied);
    CHECK(login(passwords, "") == Access::kDenied);
}

TEST_CASE("a response with any one bit wrong is denied", "[vnc_auth]")
{
    const VncPasswords passwords{"secret", "look"};
    const VncResponse right = vnc_response("secret", kCounting);
    for (std::size_t bit = 0; bit < 8 * right.size(); ++bit) {
        VncResponse wrong = right;
        wrong[bit / 8] = static_cast<std::uint8_t>(wrong[bit / 8] ^ 1U << bit % 8);
        CAPTURE(bit);
        CHECK(passwords.check(kCounting, wrong) == Access::kDenied);
    }
}

TEST_CASE("a response to another challenge is denied", "[vnc_auth]")
{
    const VncPasswords passwords{"secret", ""};
    CHECK(passwords.check(kOnes, vnc_response("secret", kCounting)) == Access::kDenied);
}

TEST_CASE("an empty password opens nothing", "[vnc_auth]")
{
    CHECK(login({"", ""}, "") == Access::kDenied);
    CHECK(login({"", ""}, "anything") == Access::kDenied);
    CHECK(login({"secret", ""}, "") == Access::kDenied);
    CHECK(login({"", "look"}, "") == Access::kDenied);
    CHECK(login({"", "look"}, "look") == Access::kViewOnly);
}

TEST_CASE("a password that DES takes for the empty one opens nothing", "[vnc_auth]")
{
    const std::string invisible = "\x80\x80";
    REQUIRE(vnc_response(invisible, kCounting) == vnc_response("", kCounting));
    CHECK(login({invisible, invisible}, "") == Access::kDenied);
    CHECK(login({std::string(8, '\0') + "tail", ""}, "") == Access::kDenied);
}

TEST_CASE("where both passwords are equal, the full one wins", "[vnc_auth]")
{
    CHECK(login({"same", "same"}, "same") == Access::kFull);
    CHECK(login({"samesame1", "samesame2"}, "samesame") == Access::kFull);
}

TEST_CASE("two challenges are not equal", "[vnc_auth]")
{
    CHECK(make_vnc_challenge() != make_vnc_challenge());
    CHECK(make_vnc_challenge() != VncChallenge{});
}

TEST_CASE("a whole password counts to its last byte", "[vnc_auth]")
{
    const VncPasswords passwords{"a long password", "a long one", {}};
    CHECK(passwords.check_whole("a long password") == Access::kFull);
    CHECK(passwords.check_whole("a long one") == Access::kViewOnly);
    for (const char* const wrong : {"", "a long p", "a long password ", "A long password"}) {
        CHECK(passwords.check_whole(wrong) == Access::kDenied);
    }
    CHECK(VncPasswords().check_whole("") == Access::kDenied);
    const VncPasswords equal{"same", "same", {}};
    CHECK(equal.check_whole("same") == Access::kFull);
}
