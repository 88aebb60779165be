#include "src/host_key.h"
#include "src/private_file.h"
#include "tests/src/users/temporary_file.h"

#include <catch2/catch.hpp>

#include <sys/stat.h>
#include <unistd.h>

using namespace covnc;
using namespace covnc::test;

namespace {

unsigned mode_of(const std::string& path)
{
    struct stat state{};
    REQUIRE(stat(path.c_str(), &state) == 0);
    return state.st_mode & 0777U;
}

} // namespace

TEST_CASE("a host key is made once, for us alone, and stays", "[host-key]")
{
    const TemporaryFolder folder;
    const std::string path = folder.file("rsa");
    const auto made = read_or_make_host_key(path);
    CHECK(made->public_key().bits() == 2048);
    CHECK(mode_of(path) == 0600U);
    const auto again = read_or_make_host_key(path);
    CHECK(again->public_key().fingerprint() == made->public_key().fingerprint());
}

TEST_CASE("a file that holds no key stays as it is, and is named", "[host-key]")
{
    const TemporaryFolder folder;
    const std::string path = folder.write("rsa", "no key");
    CHECK_THROWS_WITH(read_or_make_host_key(path), Catch::StartsWith(path + ": "));
    CHECK(read_file(path) == "no key");
    CHECK_THROWS_WITH(read_or_make_host_key(folder.file("no/rsa")), Catch::Contains("no/rsa"));
}

TEST_CASE("a private file is replaced whole, behind a link too", "[private-file]")
{
    const TemporaryFolder folder;
    const std::string path = folder.write("real", "old");
    REQUIRE(symlink(path.c_str(), folder.file("link").c_str()) == 0);
    write_private_file(folder.file("link"), "new");
    CHECK(std::filesystem::is_symlink(folder.file("link")));
    CHECK(read_file(path) == "new");
    CHECK(mode_of(path) == 0600U);
    CHECK_FALSE(read_file(folder.file("nothing")).has_value());
    CHECK_THROWS_AS(read_file("/"), std::system_error);
    CHECK_THROWS_AS(write_private_file("/nowhere/file", "x"), std::system_error);
    // Nothing is left beside it.
    const auto folder_of = std::filesystem::path(path).parent_path();
    CHECK(std::distance(std::filesystem::directory_iterator(folder_of), {}) == 2);
}
