// Users in a file: what is taken, what is refused and where, who gets in.
#include "src/users/password_hash.h"
#include "src/users/user_file.h"
#include "src/users/user_line.h"
#include "src/users/view_only_users.h"
#include "tests/src/users/temporary_file.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <ctime>
#include <limits>

using namespace covnc;
using namespace covnc::test;
using Catch::Contains;

namespace {

// "secret" and "look", with little work each.
const std::string kSecret =
    "$y$j75T$kRandomSalt0abcdefgh0.$ArazxsDORDBwQ1Iop4fzTtoHVF9czzu75viml3CYsF6";
const std::string kLook = "$6$rounds=1000$abcdefgh$dP82EVcNPdyKJkbshElnCScUefi922QXTApMECz5xn."
                          "C8I1xZKVhfSgmFGoccuL0XSjSxslXgylmvLaZ1tt8X.";
const std::string kLookBcrypt = "$2b$04$abcdefghijklmnopqrstuuGrx/tTPJ.4b3OesYY.uiK4aodfIuBOe";

Credentials claim(std::string user, std::string_view password)
{
    Credentials credentials;
    credentials.user = std::move(user);
    credentials.password = Secret(password);
    return credentials;
}

std::string outcome(const UserDirectory& users, std::string user, std::string_view password)
{
    const Login login = users.check(claim(std::move(user), password));
    if (login.access == Access::kDenied) {
        return login.reason;
    }
    return (login.access == Access::kFull ? "full " : "view-only ") + login.user;
}

std::string mistake_in(std::string_view text)
{
    const TemporaryFolder folder;
    try {
        const UserFile users(folder.write("users", text));
    } catch (const UserFileError& error) {
        const std::string message = error.what();
        return message.substr(folder.file("users").size());
    }
    return "none";
}

} // namespace

TEST_CASE("users get in with their passwords, as far as their lines let them", "[users]")
{
    const TemporaryFolder folder;
    const UserFile users(folder.write("users",
                                      "# the machine's users\n\nann:" + kSecret + "\nbob:" + kLook +
                                          ":view-only\r\n  # more\ncid:" + kLookBcrypt +
                                          ":full:2999-12-31\nold:" + kSecret +
                                          "::2001-01-01\nd\xc3\xa9:" + kSecret + ":view-only:"));
    CHECK(outcome(users, "ann", "secret") == "full ann");
    CHECK(outcome(users, "bob", "look") == "view-only bob");
    CHECK(outcome(users, "cid", "look") == "full cid");
    CHECK(outcome(users, "d\xc3\xa9", "secret") == "view-only d\xc3\xa9");
    CHECK(outcome(users, "old", "secret") == "the password of user old has expired");
    CHECK(outcome(users, "old", "Secret") == "wrong password of user old");
    CHECK(outcome(users, "ann", "look") == "wrong password of user ann");
    CHECK(outcome(users, "ann", "") == "wrong password of user ann");
    CHECK(outcome(users, "Ann", "secret") == "unknown user, or one without a password");
    CHECK(outcome(users, "", "") == "unknown user, or one without a password");
    CHECK(outcome(users, "# the machine's users", "") == "unknown user, or one without a password");
}

TEST_CASE("bytes behind a NUL count, and too many are no password", "[users]")
{
    const TemporaryFolder folder;
    const UserFile users(folder.write("users", "ann:" + kSecret + "\n"));
    CHECK(outcome(users, "ann", std::string_view("secret\0x", 8)) == "wrong password of user ann");
    CHECK(outcome(users, "ann", std::string_view("secret\0", 7)) == "wrong password of user ann");
    CHECK(outcome(users, "ann", std::string(1024, 'x')) == "wrong password of user ann");
    CHECK(outcome(users, std::string("ann\0", 4), "secret") ==
          "unknown user, or one without a password");
}

TEST_CASE("a locked user has no password that opens", "[users]")
{
    const TemporaryFolder folder;
    const UserFile users(folder.write("users", "ann:*\nbob:!" + kSecret + "\n"));
    for (const char* const password : {"", "*", "!", "secret"}) {
        CHECK(outcome(users, "ann", password) == "unknown user, or one without a password");
        CHECK(outcome(users, "bob", password) == "unknown user, or one without a password");
    }
}

TEST_CASE("each mistake in a users' file is named with its line", "[users]")
{
    CHECK_THAT(mistake_in("ann:" + kSecret + "\nbob\n"), Contains(":2: a line is NAME:HASH"));
    CHECK_THAT(mistake_in("#\n:x\n"), Contains(":2: a user name has 1 to 255 bytes"));
    CHECK_THAT(mistake_in("ann:\n"), Contains(":1: the second field is no hash"));
    CHECK_THAT(mistake_in("ann:secret\n"), Contains(":1: the second field is no hash"));
    CHECK_THAT(mistake_in("ann:$1$abcdefgh$c6uo0PewpMwwEv7Ib6afk0\n"), Contains("still safe"));
    CHECK_THAT(mistake_in("ann:$y$\n"), Contains(":1: the second field is no hash"));
    CHECK_THAT(mistake_in("ann:" + kSecret + ":admin\n"), Contains(":1: the third field"));
    CHECK_THAT(mistake_in("ann:" + kSecret + ":full:tomorrow\n"), Contains("no date"));
    CHECK_THAT(mistake_in("ann:" + kSecret + ":full:2027-01-01:x\n"), Contains(":1: a line is"));
    CHECK_THAT(mistake_in("ann:*\n\nann:*\n"), Contains(":3: a second line for the same user"));
    CHECK_THAT(mistake_in(std::string(256, 'x') + ":*\n"), Contains(":1: a user name has"));
    CHECK_THAT(mistake_in("a\tb:*\n"), Contains("control"));
    CHECK_THAT(mistake_in("ann:secret\n"), !Contains("secret"));
    CHECK_THROWS_WITH(UserFile("/nowhere/users"), Contains("/nowhere/users"));
}

TEST_CASE("a users' file is read again when it has changed, unless it is wrong", "[users]")
{
    const TemporaryFolder folder;
    const std::string path = folder.write("users", "ann:" + kSecret + "\n");
    const UserFile users(path);
    CHECK(outcome(users, "bob", "look") == "unknown user, or one without a password");
    folder.write("users", "ann:" + kSecret + "\nbob:" + kLook + "\n");
    CHECK(outcome(users, "bob", "look") == "full bob");
    folder.write("users", "nonsense\n");
    CHECK(outcome(users, "bob", "look") == "full bob");
    std::filesystem::remove(path);
    CHECK(outcome(users, "bob", "look") == "full bob");
    folder.write("users", "ann:" + kSecret + "\n");
    CHECK(outcome(users, "bob", "look") == "unknown user, or one without a password");
    CHECK(outcome(users, "ann", "secret") == "full ann");
}

TEST_CASE("an unknown user takes as long as a known one", "[users]")
{
    const TemporaryFolder folder;
    // As covnc-passwd hashes: some milliseconds, so that what is compared is no noise.
    const std::string hash = hash_password(Secret("secret"));
    const UserFile users(folder.write("users", "ann:" + hash + "\n"));
    const auto cost_of = [&](const char* user) {
        std::clock_t least = std::numeric_limits<std::clock_t>::max();
        for (int i = 0; i < 5; ++i) {
            const std::clock_t begin = std::clock(); // of this process, not of the wall
            CHECK(users.check(claim(user, "wrong")).access == Access::kDenied);
            least = std::min(least, std::clock() - begin);
        }
        return static_cast<double>(least);
    };
    const double known = cost_of("ann");
    const double unknown = cost_of("eve");
    CHECK(unknown > 0.5 * known);
    CHECK(unknown < 2 * known);
}

TEST_CASE("what is hashed fits, and nothing else", "[users]")
{
    const std::string hash = hash_password(Secret("geheim"));
    CHECK(hash.rfind("$y$", 0) == 0);
    CHECK(is_good_hash(hash));
    CHECK(hash != hash_password(Secret("geheim")));
    CHECK(fits_hash(Secret("geheim"), hash));
    CHECK_FALSE(fits_hash(Secret("Geheim"), hash));
    CHECK_FALSE(fits_hash(Secret("geheim"), "$y$nonsense"));
    CHECK_THROWS_AS(hash_password(Secret(std::string_view("a\0b", 3))), std::runtime_error);
    CHECK_THROWS_AS(hash_password(Secret(std::string(512, 'x'))), std::runtime_error);
    CHECK(fits_hash(Secret(std::string(511, 'x')), hash_password(Secret(std::string(511, 'x')))));
}

TEST_CASE("a line is written as it is read", "[users]")
{
    const std::string lines[] = {"ann:" + kSecret,
                                 "bob:" + kLook + ":view-only",
                                 "cid:*:full:2027-01-31",
                                 "dan:*:view-only:2027-01-31"};
    for (const std::string& line : lines) {
        CHECK(user_line(parse_user_line(line).value()) == line);
    }
    CHECK(user_line(parse_user_line("ann:*:full:").value()) == "ann:*");
    CHECK_FALSE(parse_user_line("").has_value());
    CHECK_FALSE(parse_user_line("\t# ann:*").has_value());
}

TEST_CASE("some of a directory's users may only look", "[users]")
{
    const TemporaryFolder folder;
    const auto file = std::make_shared<const UserFile>(
        folder.write("users", "ann:" + kSecret + "\nbob:" + kSecret + "\n"));
    const ViewOnlyUsers users(file, {"bob", "eve"});
    CHECK(outcome(users, "ann", "secret") == "full ann");
    CHECK(outcome(users, "bob", "secret") == "view-only bob");
    CHECK(outcome(users, "eve", "secret") == "unknown user, or one without a password");
}

TEST_CASE("whoever has proved elsewhere who they are needs a line, no password", "[users]")
{
    const TemporaryFolder folder;
    const auto file = std::make_shared<const UserFile>(
        folder.write("users", "ann:*\nbob:" + kSecret + ":view-only\ncid:*\nold:*::2001-01-01\n"));
    const ViewOnlyUsers users(file, {"cid"});
    CHECK(users.admit("ann", "192.0.2.1").access == Access::kFull);
    CHECK(users.admit("ann", "192.0.2.1").user == "ann");
    CHECK(users.admit("bob", "").access == Access::kViewOnly);
    CHECK(users.admit("cid", "").access == Access::kViewOnly);
    CHECK(users.admit("old", "").reason == "user old has expired");
    CHECK(users.admit("old", "").access == Access::kDenied);
    CHECK(users.admit("eve", "").reason == "who logged in is not in the users' file");
    CHECK(users.admit("", "").access == Access::kDenied);
}
